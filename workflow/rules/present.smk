# What people read: tables, figures and one page a language. They are drafts until `release` has passed them through the
# disclosure gate; only then are they public. Snakemake's report (report.html) gathers the public ones.


rule tables:
    input:
        cells="<results>/{study}/internal/cells.parquet",
        actors="<results>/{study}/internal/actors.parquet",
        ties="<results>/{study}/internal/ties.parquet",
        statements="<results>/{study}/internal/statements.parquet",
        facts="<results>/{study}/internal/facts.parquet",
        events="<results>/{study}/internal/events.parquet",
        chain="<results>/{study}/internal/chain.parquet",
        exports="<results>/{study}/internal/exports.parquet",
        actor_measures="<results>/{study}/internal/actor_measures.parquet",
        dyad_measures="<results>/{study}/internal/dyad_measures.parquet",
        firm_scores="<results>/{study}/internal/firm_scores.parquet",
        value_capture="<results>/{study}/internal/value_capture.parquet",
        export_regression="<results>/{study}/internal/export_regression.parquet",
        export_breaks="<results>/{study}/internal/export_breaks.parquet",
        export_decomposition="<results>/{study}/internal/export_decomposition.parquet",
        answer_shares="<results>/{study}/internal/answer_shares.parquet",
        response="<results>/{study}/internal/response.parquet",
        indicator_means="<results>/{study}/internal/indicator_means.parquet",
        questions="<results>/{study}/internal/questions.parquet",
        parts=[
            "<results>/{study}/internal/scores_networks.parquet",
            "<results>/{study}/internal/scores_layers.parquet",
            "<results>/{study}/internal/scores_evidence.parquet",
            "<results>/{study}/internal/scores_chain.parquet",
            "<results>/{study}/internal/scores_mechanisms.parquet",
        ],
        model=MODEL,
    output:
        scores="<results>/{study}/internal/scores.parquet",
        workbook="<results>/{study}/internal/draft/tables.xlsx",
        folder=directory("<results>/{study}/internal/draft/tables"),
    log:
        "<logs>/{study}/tables.log",
    benchmark:
        "<benchmarks>/{study}/tables.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        minimum_firms=CONFIG["minimum_firms"],
        code=code("tables.py"),
    message:
        "Write the public tables of study {wildcards.study}."
    script:
        "../scripts/tables.py"


rule figures:
    input:
        tables=theme_tables,
        model=MODEL,
    output:
        directory("<results>/{study}/internal/draft/figures/{theme}"),
    log:
        "<logs>/{study}/figures_{theme}.log",
    benchmark:
        "<benchmarks>/{study}/figures_{theme}.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        figures=lambda w: figures_of(w.study, w.theme),
        minimum_firms=CONFIG["minimum_firms"],
        languages=LANGUAGES,
        font=CONFIG["font"],
        code=code("figures.py"),
    message:
        "Draw the figures on {wildcards.theme} of study {wildcards.study}."
    script:
        "../scripts/figures.py"


rule page:
    input:
        cells="<results>/{study}/internal/cells.parquet",
        actors="<results>/{study}/internal/actors.parquet",
        ties="<results>/{study}/internal/ties.parquet",
        actor_measures="<results>/{study}/internal/actor_measures.parquet",
        value_capture="<results>/{study}/internal/value_capture.parquet",
        export_regression="<results>/{study}/internal/export_regression.parquet",
        export_breaks="<results>/{study}/internal/export_breaks.parquet",
        export_decomposition="<results>/{study}/internal/export_decomposition.parquet",
        answer_shares="<results>/{study}/internal/answer_shares.parquet",
        response="<results>/{study}/internal/response.parquet",
        indicator_means="<results>/{study}/internal/indicator_means.parquet",
        scores="<results>/{study}/internal/scores.parquet",
        figures=lambda w: [f"<results>/{w.study}/internal/draft/figures/{theme}" for theme in THEMES],
        model=MODEL,
        template=PAGE_TEMPLATE,
    output:
        "<results>/{study}/internal/draft/report_{language}.html",
    log:
        "<logs>/{study}/page_{language}.log",
    benchmark:
        "<benchmarks>/{study}/page_{language}.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        figures=lambda w: [f for theme in THEMES for f in figures_of(w.study, theme)],
        code=code("page.py"),
    message:
        "Write the page of study {wildcards.study} in {wildcards.language}."
    script:
        "../scripts/page.py"


rule release:
    input:
        files=study_inputs,
        accepted="<results>/{study}/internal/accepted",
        model=MODEL,
        workbook="<results>/{study}/internal/draft/tables.xlsx",
        tables="<results>/{study}/internal/draft/tables",
        figures=expand("<results>/{{study}}/internal/draft/figures/{theme}", theme=THEMES),
        pages=expand("<results>/{{study}}/internal/draft/report_{language}.html", language=LANGUAGES),
    output:
        manifest="<results>/{study}/public/manifest.csv",
        workbook=report(
            "<results>/{study}/public/tables.xlsx",
            caption="../report/tables.rst",
            category=report_category,
            subcategory="Tables",
            labels={"What": "All tables, one workbook", "Language": "en, zh"},
        ),
        tables=directory("<results>/{study}/public/tables"),
        figures=[
            report(
                directory(f"<results>/{{study}}/public/figures/{theme}"),
                patterns=["{figure}_{language}.svg"],
                caption="../report/figure.rst",
                category=report_category,
                subcategory="Figures",
                labels=lambda w: {"What": report_title(w), "Language": w.language},
            )
            for theme in THEMES
        ],
        pages=[
            report(
                f"<results>/{{study}}/public/report_{language}.html",
                caption="../report/page.rst",
                category=report_category,
                subcategory="Page",
                labels={"What": "The study on one page", "Language": language},
            )
            for language in LANGUAGES
        ],
    log:
        "<logs>/{study}/release.log",
    benchmark:
        "<benchmarks>/{study}/release.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        folder=study_folder,
        minimum_firms=CONFIG["minimum_firms"],
        captions=lambda w: {
            f: {lang: figure_caption(f, lang) for lang in LANGUAGES}
            for theme in THEMES
            for f in figures_of(w.study, theme)
        },
        code=code("release.py"),
    message:
        "Hold the drafts of study {wildcards.study} against the disclosure gate, and make public what passes."
    script:
        "../scripts/release.py"
