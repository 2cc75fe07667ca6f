"""What is measured and not asserted: speed beside peers, memory, accuracy layer by layer."""
