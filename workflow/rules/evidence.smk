# What coded statements and printed figures say: evidence profiles, agreement of coders, the ladder, the chain, value capture.


rule evidence:
    message:
        "Profile the coded evidence of study {wildcards.study}."
    input:
        cells="<results>/{study}/internal/cells.parquet",
        statements="<results>/{study}/internal/statements.parquet",
        model=MODEL,
    output:
        scores="<results>/{study}/internal/scores_evidence.parquet",
    params:
        replicates=CONFIG["replicates"],
        seed=CONFIG["seed"],
        code=code("evidence.py"),
    log:
        "<logs>/{study}/evidence.log",
    benchmark:
        "<benchmarks>/{study}/evidence.jsonl"
    threads: 1
    resources:
        mem_mb=500,
    script:
        "../scripts/evidence.py"


rule value:
    message:
        "Read the printed figures of study {wildcards.study}: ladder, chain and value capture."
    input:
        cells="<results>/{study}/internal/cells.parquet",
        facts="<results>/{study}/internal/facts.parquet",
        chain="<results>/{study}/internal/chain.parquet",
    output:
        scores="<results>/{study}/internal/scores_chain.parquet",
        capture="<results>/{study}/internal/value_capture.parquet",
    params:
        code=code("value.py"),
    log:
        "<logs>/{study}/value.log",
    benchmark:
        "<benchmarks>/{study}/value.jsonl"
    threads: 1
    resources:
        mem_mb=500,
    script:
        "../scripts/value.py"
