"""The dialect of OpenAI's API, as its official clients speak it."""
