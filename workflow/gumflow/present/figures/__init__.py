"""The figures of a study, one module each; `gumflow.present.compose` draws a planned figure from a study's tables."""
