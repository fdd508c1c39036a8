# Networks of each cluster and wave, and their measures.


rule measure:
    input:
        cells="<results>/{study}/internal/cells.parquet",
        actors="<results>/{study}/internal/actors.parquet",
        ties="<results>/{study}/internal/ties.parquet",
        roster="<results>/{study}/internal/roster.parquet",
    output:
        actor_measures="<results>/{study}/internal/actor_measures.parquet",
        dyad_measures="<results>/{study}/internal/dyad_measures.parquet",
        ego_measures="<results>/{study}/internal/ego_measures.parquet",
        actor_changes="<results>/{study}/internal/actor_changes.parquet",
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
        networks=CONFIG["networks"],
        draws=CONFIG["replicates"],
        seed=CONFIG["seed"],
        code=code("measure.py"),
    message:
        "Measure the networks of study {wildcards.study}."
    script:
        "../scripts/measure.py"


rule relate:
    input:
        cells="<results>/{study}/internal/cells.parquet",
        actors="<results>/{study}/internal/actors.parquet",
        ties="<results>/{study}/internal/ties.parquet",
        roster="<results>/{study}/internal/roster.parquet",
    output:
        scores="<results>/{study}/internal/scores_layers.parquet",
    log:
        "<logs>/{study}/relate.log",
    benchmark:
        "<benchmarks>/{study}/relate.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        permutations=CONFIG["replicates"],
        seed=CONFIG["seed"],
        code=code("relate.py"),
    message:
        "Test which layers of study {wildcards.study} go together, by permutation."
    script:
        "../scripts/relate.py"
