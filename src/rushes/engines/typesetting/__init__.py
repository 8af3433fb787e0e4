"""Typesetting: text of any script to pixels, for subtitles, cards and marks."""
