"""Every route of the dialect, under the address that its clients are given as `base_url`."""

from fastapi import APIRouter

from rushes.web.openai import images, listing, models, videos
from rushes.web.openai.refusals import PREFIX

STREAMED = (f"{PREFIX}/videos", f"{PREFIX}/images/edits")
"""Where files arrive: their handlers count the bytes themselves."""

router = APIRouter(prefix=PREFIX, tags=["OpenAI dialect"])
for module in (listing, videos, images, models):
    router.include_router(module.router)
