# What a survey's answers say, as tables that may be published: shares, response, means of indicators, and what was asked.


rule survey:
    input:
        cells="<results>/{study}/internal/cells.parquet",
        answers="<results>/{study}/internal/answers.parquet",
        indicators="<results>/{study}/internal/indicators.parquet",
        actors="<results>/{study}/internal/actors.parquet",
        roster="<results>/{study}/internal/roster.parquet",
        files=study_inputs,
        model=MODEL,
        contracts=CONTRACTS,
        instruments=INSTRUMENTS,
    output:
        answer_shares="<results>/{study}/internal/answer_shares.parquet",
        response="<results>/{study}/internal/response.parquet",
        indicator_means="<results>/{study}/internal/indicator_means.parquet",
        questions="<results>/{study}/internal/questions.parquet",
    log:
        "<logs>/{study}/survey.log",
    benchmark:
        "<benchmarks>/{study}/survey.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        folder=study_folder,
        minimum_firms=CONFIG["minimum_firms"],
        code=code("survey.py"),
    message:
        "Count the answers to the questionnaires of study {wildcards.study}."
    script:
        "../scripts/survey.py"
