# What coded statements, printed figures and yearly exports say: evidence profiles, agreement of coders, the ladder, the chain, value capture.


rule evidence:
    input:
        cells="<results>/{study}/internal/cells.parquet",
        statements="<results>/{study}/internal/statements.parquet",
        model=MODEL,
    output:
        scores="<results>/{study}/internal/scores_evidence.parquet",
        differences="<results>/{study}/internal/disagreements.csv",
    log:
        "<logs>/{study}/evidence.log",
    benchmark:
        "<benchmarks>/{study}/evidence.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        replicates=CONFIG["replicates"],
        seed=CONFIG["seed"],
        code=code("evidence.py"),
    message:
        "Profile the coded evidence of study {wildcards.study}."
    script:
        "../scripts/evidence.py"


rule value:
    input:
        cells="<results>/{study}/internal/cells.parquet",
        facts="<results>/{study}/internal/facts.parquet",
        chain="<results>/{study}/internal/chain.parquet",
        exports="<results>/{study}/internal/exports.parquet",
    output:
        scores="<results>/{study}/internal/scores_chain.parquet",
        value_capture="<results>/{study}/internal/value_capture.parquet",
        export_regression="<results>/{study}/internal/export_regression.parquet",
        export_breaks="<results>/{study}/internal/export_breaks.parquet",
        export_decomposition="<results>/{study}/internal/export_decomposition.parquet",
    log:
        "<logs>/{study}/value.log",
    benchmark:
        "<benchmarks>/{study}/value.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        seed=CONFIG["seed"],
        code=code("value.py"),
    message:
        "Read the printed figures and exports of study {wildcards.study}: ladder, chain and value capture."
    script:
        "../scripts/value.py"
