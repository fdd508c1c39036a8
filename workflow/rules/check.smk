# Is a study sound? `check` writes what it found and always succeeds; `accept` fails on it, each time it is asked.


rule check:
    message:
        "Check the input files of study {wildcards.study}."
    input:
        files=study_inputs,
        model=MODEL,
        contracts=CONTRACTS,
    output:
        table="<results>/{study}/internal/check.csv",
        page="<results>/{study}/internal/check.html",
    params:
        folder=study_folder,
        problems=study_problems,
        code=code("check.py"),
    log:
        "<logs>/{study}/check.log",
    benchmark:
        "<benchmarks>/{study}/check.jsonl"
    threads: 1
    resources:
        mem_mb=500,
    script:
        "../scripts/check.py"


rule accept:
    message:
        "Accept study {wildcards.study}, or stop it with its list of findings."
    input:
        table="<results>/{study}/internal/check.csv",
    output:
        "<results>/{study}/internal/accepted",
    params:
        code=code("accept.py"),
    log:
        "<logs>/{study}/accept.log",
    benchmark:
        "<benchmarks>/{study}/accept.jsonl"
    threads: 1
    resources:
        mem_mb=500,
    script:
        "../scripts/accept.py"


rule tidy:
    message:
        "Read the tables of study {wildcards.study}."
    input:
        accepted="<results>/{study}/internal/accepted",
        files=study_inputs,
        model=MODEL,
        contracts=CONTRACTS,
    output:
        cells="<results>/{study}/internal/cells.parquet",
        actors="<results>/{study}/internal/actors.parquet",
        aliases="<results>/{study}/internal/aliases.parquet",
        ties="<results>/{study}/internal/ties.parquet",
        statements="<results>/{study}/internal/statements.parquet",
        facts="<results>/{study}/internal/facts.parquet",
        events="<results>/{study}/internal/events.parquet",
        chain="<results>/{study}/internal/chain.parquet",
    params:
        folder=study_folder,
        code=code("tidy.py"),
    log:
        "<logs>/{study}/tidy.log",
    benchmark:
        "<benchmarks>/{study}/tidy.jsonl"
    threads: 1
    resources:
        mem_mb=500,
    script:
        "../scripts/tidy.py"
