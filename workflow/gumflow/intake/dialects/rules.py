"""What can be wrong with a survey tool's export, and how to mend it, in both languages."""

from gumflow.contract.findings import RULES

RULES_DIALECTS: dict[str, tuple[str, str, str, str]] = {
    "digits_lost": (
        "Numbers of 16 or more digits are stored as numbers, of which a spreadsheet keeps only the first 15 digits.",
        "16 位及以上的数字以数值形式保存，电子表格只保留前 15 位。",
        "Export again and keep the column as text; the digits cannot be restored from this file.",
        "请重新导出并将该列保存为文本；此文件中丢失的位数无法恢复。",
    ),
    "dialect_unknown": (
        "The file is not an export of a known kind; {detail}",
        "无法识别该文件是哪种导出格式；{detail}",
        "A plain table needs a column named respondent; else export it again without changing the tool's columns, or remove it.",
        "普通表格须有名为 respondent（受访者）的列；否则请重新导出且不改动工具自带的列，或移除该文件。",
    ),
    "dialect_several": (
        "The answers could be read in more than one way: {detail}.",
        "答卷可按多种方式读取：{detail}。",
        "Keep only files of one survey tool, or say which export it is.",
        "请只保留同一种问卷工具的文件，或指明导出类型。",
    ),
    "sheet_unused": (
        "The sheet holds no answers and is not used.",
        "该工作表没有答卷数据，不会被使用。",
        "If it does hold answers, give it {detail}; if not, leave it.",
        "如其中确有答卷，请补上 {detail}；否则可保留。",
    ),
    "personal_dropped": (
        "The column holds personal data that no result needs; it was not read.",
        "该列为个人信息，结果中不需要，未读取。",
        "Nothing to mend; leave it out of the next export.",
        "无须更正；下次导出时请勿包含该列。",
    ),
    "record_twice": (
        "The same submission stands twice with different answers.",
        "同一份答卷出现两次且内容不同。",
        "Keep one of the rows{detail}.",
        "请只保留其中一行{detail}。",
    ),
    "record_repeated": (
        "The same submission stands twice with the same answers; it was read once.",
        "同一份答卷重复出现且内容相同，只读取一次。",
        "Nothing to mend if it was exported twice{detail}.",
        "如系重复导出则无须更正{detail}。",
    ),
    "record_unnamed": (
        "The row holds answers and does not say whose.",
        "该行有答案，但没有标明属于哪份答卷。",
        "Fill in {detail}, or remove the row.",
        "请填写 {detail}，或删除该行。",
    ),
    "parent_missing": (
        "The repeated entry belongs to a submission that is not in the files.",
        "该重复组记录所属的答卷不在文件中。",
        "Export all sheets or files of the survey together{detail}.",
        "请将问卷的全部工作表或文件一起导出{detail}。",
    ),
    "header_second": (
        "The first row under the header repeats the header; it was read as one.",
        "表头下方的第一行是第二个表头，已作为表头读取。",
        "Check that it is no answer; export with one header row to be sure.",
        "请确认该行不是答案；建议导出时只保留一行表头。",
    ),
    "header_twice": (
        "Several columns have the same header; the later ones are read as {detail}.",
        "多列表头相同，后面的列读作 {detail}。",
        "Export with question names instead of labels to tell them apart.",
        "请用题目编号而非题目文字导出，以便区分。",
    ),
    "ticks_contradict": (
        "The joined answer and the columns of its options contradict each other; the columns of the options are read.",
        "合并列与各选项列内容矛盾，已按各选项列读取。",
        "Export the answers again, unedited.",
        "请重新导出未经改动的数据。",
    ),
    "code_unknown": (
        "The negative code is not one whose meaning is known (-3 not shown, -2 not answered); it is read as an answer.",
        "该负数代码含义未知（已知 -3 跳过、-2 未作答），按答案读取。",
        "If it means a missing answer, empty the cells or export the answers as text.",
        "如表示缺失，请清空单元格或改为按文本导出。",
    ),
    "twin_files": (
        "The file holds submissions that {detail} holds too; it was not read.",
        "该文件中的答卷在 {detail} 中也有，未读取。",
        "Keep one of the two files; of one with texts and one with codes, the one with texts is easier to map.",
        "请只保留其中一个文件；文本和编码两种导出中，文本文件更便于对应。",
    ),
    "answer_twice": (
        "The same answer of one respondent stands in several rows.",
        "同一受访者的同一答案出现在多行。",
        "Keep one of the rows.",
        "请只保留其中一行。",
    ),
}
RULES.update(RULES_DIALECTS)
