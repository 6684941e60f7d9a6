"""The power run: plants each defect on the running system and sees which scenario catches it. It judges the gate, not the target."""
