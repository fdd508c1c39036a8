include: "workflow/Snakefile"


# An included file's first rule is not the default target of the file that includes it.
workflow.default_target = "all"
