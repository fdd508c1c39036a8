"""What may be inferred: value capture, and later QAP, paths and configurations."""
