# The mechanisms of each cluster and wave: learning, innovation, social capital, external linkage, governance, policy, lead firms.


rule mechanisms:
    input:
        cells="<results>/{study}/internal/cells.parquet",
        actors="<results>/{study}/internal/actors.parquet",
        ties="<results>/{study}/internal/ties.parquet",
        roster="<results>/{study}/internal/roster.parquet",
        answers="<results>/{study}/internal/answers.parquet",
        indicators="<results>/{study}/internal/indicators.parquet",
        statements="<results>/{study}/internal/statements.parquet",
        facts="<results>/{study}/internal/facts.parquet",
        events="<results>/{study}/internal/events.parquet",
        chain="<results>/{study}/internal/chain.parquet",
        model=MODEL,
    output:
        firms="<results>/{study}/internal/firm_scores.parquet",
        scores="<results>/{study}/internal/scores_mechanisms.parquet",
    log:
        "<logs>/{study}/mechanisms.log",
    benchmark:
        "<benchmarks>/{study}/mechanisms.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        mechanisms=CONFIG["mechanisms"],
        withhold_below=CONFIG["networks"]["withhold_below"],
        draws=CONFIG["replicates"],
        seed=CONFIG["seed"],
        code=code("mechanisms.py"),
    message:
        "Measure the mechanisms of study {wildcards.study}."
    script:
        "../scripts/mechanisms.py"
