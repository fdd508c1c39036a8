# Is a study sound? `check` writes what it found and always succeeds; `accept` fails on it, each time it is asked.


rule check:
    input:
        files=study_inputs,
        model=MODEL,
        contracts=CONTRACTS,
        instruments=INSTRUMENTS,
    output:
        table="<results>/{study}/internal/check.csv",
        page="<results>/{study}/internal/check.html",
    log:
        "<logs>/{study}/check.log",
    benchmark:
        "<benchmarks>/{study}/check.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        folder=study_folder,
        problems=study_problems,
        restricted=CONFIG["restricted"],
        code=code("check.py"),
    message:
        "Check the input files of study {wildcards.study}."
    script:
        "../scripts/check.py"


rule accept:
    input:
        table="<results>/{study}/internal/check.csv",
    output:
        "<results>/{study}/internal/accepted",
    log:
        "<logs>/{study}/accept.log",
    benchmark:
        "<benchmarks>/{study}/accept.jsonl"
    localrule: True
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        code=code("accept.py"),
    message:
        "Accept study {wildcards.study}, or stop it with its list of findings."
    script:
        "../scripts/accept.py"


rule tidy:
    input:
        accepted="<results>/{study}/internal/accepted",
        files=study_inputs,
        model=MODEL,
        contracts=CONTRACTS,
        instruments=INSTRUMENTS,
    output:
        cells="<results>/{study}/internal/cells.parquet",
        actors="<results>/{study}/internal/actors.parquet",
        aliases="<results>/{study}/internal/aliases.parquet",
        ties="<results>/{study}/internal/ties.parquet",
        roster="<results>/{study}/internal/roster.parquet",
        statements="<results>/{study}/internal/statements.parquet",
        facts="<results>/{study}/internal/facts.parquet",
        events="<results>/{study}/internal/events.parquet",
        chain="<results>/{study}/internal/chain.parquet",
        exports="<results>/{study}/internal/exports.parquet",
        answers="<results>/{study}/internal/answers.parquet",
        indicators="<results>/{study}/internal/indicators.parquet",
    log:
        "<logs>/{study}/tidy.log",
    benchmark:
        "<benchmarks>/{study}/tidy.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        folder=study_folder,
        restricted=CONFIG["restricted"],
        code=code("tidy.py"),
    message:
        "Read the tables and answers of study {wildcards.study}."
    script:
        "../scripts/tidy.py"
