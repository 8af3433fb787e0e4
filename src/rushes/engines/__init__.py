"""Who makes media: the engine protocol, its sandbox, and the engines that ship."""
