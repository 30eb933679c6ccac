"""A small client of the PyAI API: speech, chat and plain HTTP."""
