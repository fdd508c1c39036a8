# Networks of each cluster and wave, and their measures.


rule measure:
    input:
        cells="<results>/{study}/internal/cells.parquet",
        actors="<results>/{study}/internal/actors.parquet",
        ties="<results>/{study}/internal/ties.parquet",
    output:
        actor_measures="<results>/{study}/internal/actor_measures.parquet",
        scores="<results>/{study}/internal/scores_networks.parquet",
    log:
        "<logs>/{study}/measure.log",
    benchmark:
        "<benchmarks>/{study}/measure.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        code=code("measure.py"),
    message:
        "Measure the networks of study {wildcards.study}."
    script:
        "../scripts/measure.py"
