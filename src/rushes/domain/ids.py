"""The types of identifiers; all are UUIDv7 (RFC 9562), so that order of id is order of birth."""

from typing import NewType
from uuid import UUID

UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)
ApiKeyId = NewType("ApiKeyId", UUID)
JobId = NewType("JobId", UUID)
AssetId = NewType("AssetId", UUID)
VideoId = NewType("VideoId", UUID)
ImageId = NewType("ImageId", UUID)
ProjectId = NewType("ProjectId", UUID)
WorkspaceSessionId = NewType("WorkspaceSessionId", UUID)
PromptTemplateId = NewType("PromptTemplateId", UUID)
GroupId = NewType("GroupId", UUID)
HoldId = NewType("HoldId", UUID)
WorkerId = NewType("WorkerId", UUID)

Lease = NewType("Lease", UUID)
"""The random token that an attempt holds; every write of the attempt names it."""
