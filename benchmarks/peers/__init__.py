"""Known job queues, measured beside ours on the same machine."""
