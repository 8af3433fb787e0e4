"""The job types as people call them."""

from collections.abc import Mapping

from rushes.domain.jobs import JobType

TYPE_WORDS: Mapping[JobType, str] = {
    JobType.BASE: "Image in motion",
    JobType.TEXT_TO_VIDEO: "Text to video",
    JobType.IMAGE: "Image",
    JobType.RENDER: "Template render",
    JobType.EXTEND: "Extended video",
    JobType.UPSCALE: "Upscaled",
    JobType.SUBTITLES: "With subtitles",
    JobType.AUDIO: "With audio",
}
