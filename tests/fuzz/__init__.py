"""Whatever bytes come in: frames, words, files and triage never fail. `make fuzz` searches; what it found stays in `found/`."""
