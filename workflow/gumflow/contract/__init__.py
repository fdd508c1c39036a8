"""Tables, checks, errors and the one writer: what every other part of gumflow may rest on."""
