"""What the page for a new job calls each job type and each role of a file."""

from collections.abc import Mapping
from dataclasses import dataclass

from rushes.domain.jobs import JobType
from rushes.domain.media import AssetRole


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A job type in words."""

    word: str
    lead: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A role of an input in words; `label` is what its tile on a card says."""

    title: str
    label: str
    icon: str


KINDS: Mapping[JobType, Kind] = {
    JobType.BASE: Kind(word="Animate", lead="Animate a reference image with the motion of a source video."),
    JobType.TEXT_TO_VIDEO: Kind(word="Text to video", lead="Make a video of what you describe."),
    JobType.IMAGE: Kind(word="Image", lead="Make a picture of what you describe."),
    JobType.RENDER: Kind(word="Template", lead="Fill a template with your data."),
    JobType.EXTEND: Kind(word="Extend", lead="Make one of your videos longer."),
    JobType.UPSCALE: Kind(word="Upscale", lead="Make one of your outputs larger."),
    JobType.SUBTITLES: Kind(word="Subtitles", lead="Put subtitles on one of your videos."),
    JobType.AUDIO: Kind(word="Audio", lead="Give one of your videos another sound."),
}
"""In the order of the tabs."""

SLOTS: Mapping[AssetRole, Slot] = {
    AssetRole.REFERENCE: Slot(title="Reference image", label="REF", icon="image"),
    AssetRole.MOTION: Slot(title="Motion video", label="SRC", icon="film"),
    AssetRole.MASK: Slot(title="Mask", label="MASK", icon="scissors"),
    AssetRole.TEMPLATE: Slot(title="Template", label="TEMPLATE", icon="layers"),
    AssetRole.DATA: Slot(title="Data", label="DATA", icon="braces"),
    AssetRole.AUDIO: Slot(title="Sound", label="AUDIO", icon="audio-lines"),
    AssetRole.SUBTITLES: Slot(title="Subtitles", label="SUBTITLES", icon="captions"),
}
"""In the order of a form."""
