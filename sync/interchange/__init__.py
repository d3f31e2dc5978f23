"""How lines of a catalogue are read and checked, whatever form they come in: for node and hub alike."""
