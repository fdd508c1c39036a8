# What people read: public tables, figures and one page a language. Snakemake's report (report.html) gathers them.
from gumflow.present.catalog import CATALOG, figure_caption, figure_title, planned_figures


wildcard_constraints:
    figure=r"[a-z]+(\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)?",


def figures_of(study):
    return planned_figures([(cell.cluster, cell.wave) for cell in STUDIES[study].cells])


def figure_files():
    return [
        f"<results>/{study}/public/figures/{figure}_{language}.svg"
        for study in STUDIES
        for figure in figures_of(study)
        for language in LANGUAGES
    ]


def figure_tables(wildcards):
    """The tables that a figure is drawn from: only their change redraws it."""
    names = ["cells", *CATALOG[wildcards.figure.partition(".")[0]].tables]
    return [f"<results>/{wildcards.study}/internal/{name}.parquet" for name in names]


def drawn(form, language):
    """One output file of a figure; the SVG also goes into Snakemake's report."""
    path = f"<results>/{{study}}/public/figures/{{figure}}_{language}.{form}"
    if form != "svg":
        return path
    return report(
        path,
        caption="../report/figure.rst",
        category="{study}",
        subcategory="Figures",
        labels=lambda wildcards: {"What": figure_title(wildcards.figure, "en"), "Language": language},
    )


rule tables:
    message:
        "Write the public tables of study {wildcards.study}."
    input:
        cells="<results>/{study}/internal/cells.parquet",
        actors="<results>/{study}/internal/actors.parquet",
        ties="<results>/{study}/internal/ties.parquet",
        statements="<results>/{study}/internal/statements.parquet",
        facts="<results>/{study}/internal/facts.parquet",
        events="<results>/{study}/internal/events.parquet",
        chain="<results>/{study}/internal/chain.parquet",
        actor_measures="<results>/{study}/internal/actor_measures.parquet",
        value_capture="<results>/{study}/internal/value_capture.parquet",
        parts=[
            "<results>/{study}/internal/scores_networks.parquet",
            "<results>/{study}/internal/scores_evidence.parquet",
            "<results>/{study}/internal/scores_chain.parquet",
        ],
        model=MODEL,
    output:
        scores="<results>/{study}/internal/scores.parquet",
        workbook=report(
            "<results>/{study}/public/tables.xlsx",
            caption="../report/tables.rst",
            category="{study}",
            subcategory="Tables",
            labels={"What": "All tables, one workbook", "Language": "en, zh"},
        ),
        folder=directory("<results>/{study}/public/tables"),
    params:
        code=code("tables.py"),
    log:
        "<logs>/{study}/tables.log",
    benchmark:
        "<benchmarks>/{study}/tables.jsonl"
    threads: 1
    resources:
        mem_mb=800,
    script:
        "../scripts/tables.py"


rule figure:
    message:
        "Draw figure {wildcards.figure} of study {wildcards.study}."
    input:
        tables=figure_tables,
        model=MODEL,
    output:
        **{f"{form}_{language}": drawn(form, language) for form in ("svg", "pdf", "png") for language in LANGUAGES},
    params:
        languages=LANGUAGES,
        font=CONFIG["font"],
        caption=lambda w: {lang: figure_caption(w.figure, lang) for lang in LANGUAGES},
        code=code("figure.py"),
    log:
        "<logs>/{study}/figure_{figure}.log",
    benchmark:
        "<benchmarks>/{study}/figure_{figure}.jsonl"
    threads: 1
    resources:
        mem_mb=800,
    script:
        "../scripts/figure.py"


rule page:
    message:
        "Write the page of study {wildcards.study} in {wildcards.language}."
    input:
        cells="<results>/{study}/internal/cells.parquet",
        actors="<results>/{study}/internal/actors.parquet",
        ties="<results>/{study}/internal/ties.parquet",
        actor_measures="<results>/{study}/internal/actor_measures.parquet",
        value_capture="<results>/{study}/internal/value_capture.parquet",
        scores="<results>/{study}/internal/scores.parquet",
        figures=lambda w: [
            f"<results>/{w.study}/public/figures/{figure}_{w.language}.svg" for figure in figures_of(w.study)
        ],
        model=MODEL,
        template=str(WORKFLOW / "gumflow" / "present" / "page.html.j2"),
    output:
        report(
            "<results>/{study}/public/report_{language}.html",
            caption="../report/page.rst",
            category="{study}",
            subcategory="Page",
            labels={"What": "The study on one page", "Language": "{language}"},
        ),
    params:
        figures=lambda w: figures_of(w.study),
        code=code("page.py"),
    log:
        "<logs>/{study}/page_{language}.log",
    benchmark:
        "<benchmarks>/{study}/page_{language}.jsonl"
    threads: 1
    resources:
        mem_mb=800,
    script:
        "../scripts/page.py"
