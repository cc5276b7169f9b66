//! Answers and what was measured between them, as text.

use std::fmt::Write as _;

use majlis_app::{ConsultationView, MemberKind, MemberView, Notice, ReplyState, RunStatus};
use majlis_text::{
    Analysis, CheckKind, ClaimRow, Evidence, FailedCheck, Limit, Pair, Side, Stance,
};

use super::Seat;
use super::figures::{duration, money, percent, state_line, tokens, total};
use crate::terminal::{
    Align, Column, MAX_TEXT_WIDTH, Palette, column_width, escape, fit, side_by_side, table,
    width_of, wrap,
};

/// Columns narrower than this are harder to read than one answer below the other.
const MIN_COLUMN_WIDTH: usize = 28;
/// Entries of a list at most; `--json` has all.
pub(super) const MAX_ENTRIES: usize = 8;
/// Rows of the grid at most.
const MAX_ROWS: usize = 40;

/// The column of the time to the first text among the figures.
const FIRST_TEXT: usize = 2;

/// Width of each column when the answers fit beside each other.
pub(crate) fn columns_for(count: usize, width: usize) -> Option<usize> {
    let each = column_width(width, count).min(MAX_TEXT_WIDTH);
    (count > 1 && each >= MIN_COLUMN_WIDTH).then_some(each)
}

/// All answers side by side; `None` when the terminal is too narrow for it.
pub(crate) fn final_columns(seats: &[Seat], width: usize, palette: &Palette) -> Option<String> {
    let each = columns_for(seats.len(), width)?;
    let Palette { heading, dim, .. } = palette;
    let line = |cell: &dyn Fn(&Seat) -> String| {
        let cells: Vec<Column> = seats
            .iter()
            .map(|seat| vec![fit(&escape(&cell(seat)), each)])
            .collect();
        side_by_side(&cells, each).concat()
    };
    let bodies: Vec<Column> = seats.iter().map(|seat| wrap(&body(seat), each)).collect();
    let mut text = format!("{heading}{}{heading:#}\n", line(&|seat| seat.label.clone()));
    let _ = writeln!(text, "{dim}{}{dim:#}", line(&|seat| state_line(seat, 0)));
    for row in side_by_side(&bodies, each) {
        let _ = writeln!(text, "{row}");
    }
    Some(text)
}

/// One answer under its heading. `width` is `None` when lines are not to be broken.
pub(crate) fn block(seat: &Seat, width: Option<usize>, palette: &Palette) -> String {
    let Palette { heading, dim, .. } = palette;
    let label = escape(&seat.label);
    let state = state_line(seat, 0);
    let mut text = format!("{heading}── {label}{heading:#} {dim}· {state}{dim:#}\n");
    let body = body(seat);
    match width {
        Some(width) => {
            for line in wrap(&body, width.min(MAX_TEXT_WIDTH)) {
                let _ = writeln!(text, "{line}");
            }
        }
        None => {
            let _ = writeln!(text, "{}", body.trim_end());
        }
    }
    text
}

/// The answer made harmless, and what went wrong with it.
pub(crate) fn body(seat: &Seat) -> String {
    let mut text = escape(seat.text.trim()).into_owned();
    if seat.is_over() && text.is_empty() && seat.error.is_none() {
        "(no text)".clone_into(&mut text);
    }
    if let Some(notice) = &seat.error {
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(&trouble(notice));
    }
    text
}

fn trouble(notice: &Notice) -> String {
    let hint = notice
        .hint
        .as_deref()
        .map_or_else(String::new, |hint| format!("\nhint: {}", escape(hint)));
    format!("✗ {}{hint}", escape(&notice.detail))
}

/// What was measured, what it cost and how it ended.
pub(crate) fn report(view: &ConsultationView, width: usize, palette: &Palette) -> String {
    let mut report = Report {
        text: String::new(),
        width: width.min(MAX_TEXT_WIDTH),
        palette,
    };
    report.status(view);
    report.council_status(view);
    if let Some(analysis) = &view.analysis {
        report.agreement(analysis, Some(view));
        report.failed_checks(analysis);
        report.contradictions(analysis);
        report.patterns(analysis);
        report.unique(analysis);
        if analysis.members.len() > 1 {
            report.limits(analysis);
        }
    }
    report.deliberation(view);
    report.costs(view);
    report.stage_costs(view);
    report.text
}

/// What was measured between texts that nobody was asked for: everything, the claims as a grid.
pub(crate) fn measured(analysis: &Analysis, width: usize, palette: &Palette) -> String {
    let mut report = Report {
        text: String::new(),
        width: width.min(MAX_TEXT_WIDTH),
        palette,
    };
    report.members(analysis);
    report.agreement(analysis, None);
    report.grid(analysis);
    report.failed_checks(analysis);
    report.contradictions(analysis);
    report.patterns(analysis);
    report.gaps(analysis);
    report.unique(analysis);
    report.subjects(analysis);
    report.limits(analysis);
    report.text.trim_start_matches('\n').to_owned()
}

pub(super) struct Report<'p> {
    text: String,
    width: usize,
    palette: &'p Palette,
}

impl Report<'_> {
    pub(super) fn heading(&mut self, heading: &str) {
        let style = self.palette.heading;
        let _ = writeln!(self.text, "\n{style}{heading}{style:#}");
    }

    pub(super) fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "{line}");
    }

    /// A list item, broken into lines under its bullet.
    pub(super) fn item(&mut self, bullet: &str, text: &str) {
        let inner = self.width.saturating_sub(2 + bullet.chars().count() + 1);
        let indent = " ".repeat(bullet.chars().count());
        for (place, line) in wrap(text, inner).into_iter().enumerate() {
            let front = if place == 0 { bullet } else { &indent };
            self.line(&format!("  {front} {line}"));
        }
    }

    pub(super) fn dim(&mut self, text: &str) {
        let style = self.palette.dim;
        for line in wrap(text, self.width.saturating_sub(2)) {
            let _ = writeln!(self.text, "  {style}{line}{style:#}");
        }
    }

    pub(super) fn warning(&mut self, text: &str) {
        let style = self.palette.warning;
        let _ = writeln!(self.text, "{style}{}{style:#}", escape(text));
    }

    fn status(&mut self, view: &ConsultationView) {
        let answered = view
            .members
            .iter()
            .filter(|member| member.state == ReplyState::Complete)
            .count();
        let all = view.members.len();
        let Palette { warning, error, .. } = self.palette;
        let (style, text) = match view.summary.status {
            RunStatus::Degraded => (
                warning,
                format!("{answered} of {all} answered; missing: {}", missing(view)),
            ),
            RunStatus::Single if all > 1 => (
                warning,
                format!(
                    "Only one of {all} answered, so there is nothing to compare; missing: {}",
                    missing(view)
                ),
            ),
            RunStatus::Failed => (error, "No member answered.".to_owned()),
            RunStatus::Cancelled => (
                warning,
                format!("Stopped; {answered} of {all} had answered. What came is kept."),
            ),
            RunStatus::Interrupted => (warning, "Interrupted. What came is kept.".to_owned()),
            RunStatus::Complete | RunStatus::Single | RunStatus::Running => return,
        };
        let _ = writeln!(self.text, "\n{style}{}{style:#}", escape(&text));
    }

    fn agreement(&mut self, analysis: &Analysis, view: Option<&ConsultationView>) {
        let counted = analysis
            .members
            .iter()
            .filter(|member| !member.apart)
            .count();
        if counted < 2 {
            return;
        }
        self.heading("Agreement");
        match analysis.agreement {
            Some(_) => {
                let claims = plural(analysis.shared_claims, "claim", "claims");
                self.line(&format!(
                    "  {} over {claims} that two or more speak to",
                    percent(analysis.agreement)
                ));
            }
            None => self.line("  not known: no claim is spoken to by two or more"),
        }
        if let Some(view) = view {
            self.votes(view);
        }
        match analysis.pairs.as_slice() {
            [] => {}
            [pair] => self.line(&format!(
                "  the two answers are {} alike",
                percent(pair.similarity)
            )),
            pairs => self.matrix(analysis, pairs),
        }
    }

    fn matrix(&mut self, analysis: &Analysis, pairs: &[Pair]) {
        self.line("  how alike the answers are:");
        let mut rows = vec![head_row(analysis)];
        for (place, row) in analysis.members.iter().enumerate() {
            let mut cells = vec![(place + 1).to_string(), name(analysis, row.member)];
            cells.extend(analysis.members.iter().map(|column| {
                let between = |pair: &&Pair| {
                    (pair.first, pair.second)
                        == (row.member.min(column.member), row.member.max(column.member))
                };
                pairs
                    .iter()
                    .find(between)
                    .map_or_else(String::new, |pair| percent(pair.similarity))
            }));
            rows.push(cells);
        }
        let mut align = vec![Align::Right, Align::Left];
        align.resize(analysis.members.len() + 2, Align::Right);
        for line in table(&rows, &align, "    ") {
            self.line(&line);
        }
    }

    fn contradictions(&mut self, analysis: &Analysis) {
        let Some(contradictions) = &analysis.contradictions else {
            return;
        };
        if contradictions.is_empty() {
            return;
        }
        self.heading("Contradictions");
        for contradiction in contradictions.iter().take(MAX_ENTRIES) {
            let kind = match contradiction.evidence {
                Evidence::Negation => "one denies what the other says",
                Evidence::DifferentValue => "another value",
                Evidence::Opposite => "opposite words",
                Evidence::Inference => "found by the trained head, not by single words",
                Evidence::Position => "one side says what others say who are contradicted directly",
            };
            for (bullet, side) in [("•", &contradiction.first), (" ", &contradiction.second)] {
                self.item(bullet, &quoted(analysis, side));
            }
            self.dim(&format!("  {kind}"));
        }
        self.more(contradictions.len());
    }

    fn patterns(&mut self, analysis: &Analysis) {
        if analysis.patterns.is_empty() {
            return;
        }
        self.heading("Said by two or more");
        for pattern in analysis.patterns.iter().take(MAX_ENTRIES) {
            let names: Vec<String> = pattern
                .members
                .iter()
                .map(|&member| name(analysis, member))
                .collect();
            self.item(
                "•",
                &format!("{} ({})", claim(analysis, &pattern.claim), names.join(", ")),
            );
        }
        self.more(analysis.patterns.len());
    }

    fn members(&mut self, analysis: &Analysis) {
        self.heading("Answers");
        let head = [
            "",
            "",
            "language",
            "words",
            "claims",
            "covers",
            "hedged",
            "tone −/=/+",
        ];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        for (place, member) in analysis.members.iter().enumerate() {
            let language = member.language.map_or("–", majlis_text::Language::code);
            let tone = member.sentiment;
            rows.push(vec![
                (place + 1).to_string(),
                name(analysis, member.member),
                language.to_owned(),
                member.words.to_string(),
                member.claims.to_string(),
                percent(member.coverage),
                member.certainty.hedged.to_string(),
                format!("{}/{}/{}", tone.negative, tone.neutral, tone.positive),
            ]);
        }
        let mut align = vec![Align::Right, Align::Left, Align::Left];
        align.resize(rows[0].len(), Align::Right);
        for line in table(&rows, &align, "  ") {
            self.line(&line);
        }
    }

    /// The signs stand before the claims, so that a claim in a script from the right moves none.
    fn grid(&mut self, analysis: &Analysis) {
        if analysis.claims.is_empty() {
            return;
        }
        self.heading("Claims");
        let numbers: Vec<String> = (1..=analysis.members.len())
            .map(|number| format!("{number:>2}"))
            .collect();
        self.line(&format!("  {}", numbers.join(" ")));
        for row in analysis.claims.iter().take(MAX_ROWS) {
            let signs: Vec<String> = row
                .stances
                .iter()
                .map(|stance| format!("{:>2}", sign(stance.stance)))
                .collect();
            let front = format!("  {}  {:<4}", signs.join(" "), row.id);
            let room = self.width.saturating_sub(width_of(&front));
            let text = fit(&one_line(&row.text), room);
            self.line(&format!("{front}{}", text.trim_end()));
        }
        self.dim("✓ says so   ✗ denies it   ≠ gives another value   · silent   ? not measured");
        if analysis.claims.len() > MAX_ROWS {
            let rest = analysis.claims.len() - MAX_ROWS;
            self.dim(&format!("… and {rest} more; --json has them all"));
        }
    }

    fn failed_checks(&mut self, analysis: &Analysis) {
        if analysis.failed_checks.is_empty() {
            return;
        }
        self.heading("Does not hold");
        for check in analysis.failed_checks.iter().take(MAX_ENTRIES) {
            self.item("✗", &check_text(analysis, check));
        }
        self.more(analysis.failed_checks.len());
    }

    fn gaps(&mut self, analysis: &Analysis) {
        if analysis.gaps.is_empty() {
            return;
        }
        self.heading("Missed by some");
        for gap in analysis.gaps.iter().take(MAX_ENTRIES) {
            let names: Vec<String> = gap
                .missed_by
                .iter()
                .map(|&member| name(analysis, member))
                .collect();
            let text = format!(
                "{} (not in {})",
                claim(analysis, &gap.claim),
                names.join(", ")
            );
            self.item("•", &text);
        }
        self.more(analysis.gaps.len());
    }

    fn subjects(&mut self, analysis: &Analysis) {
        if !analysis.topics.is_empty() {
            self.heading("Topics");
            for topic in analysis.topics.iter().take(MAX_ENTRIES) {
                let names: Vec<String> = topic
                    .members
                    .iter()
                    .map(|&member| name(analysis, member))
                    .collect();
                let claims = plural(topic.claims.len(), "claim", "claims");
                let label = escape(&topic.label.join(", ")).into_owned();
                self.item("•", &format!("{label}: {claims} ({})", names.join(", ")));
            }
            self.more(analysis.topics.len());
        }
        if !analysis.keywords.is_empty() {
            self.heading("Keywords");
            let words: Vec<&str> = analysis
                .keywords
                .iter()
                .map(|keyword| keyword.text.as_str())
                .collect();
            let text = escape(&words.join(" · ")).into_owned();
            for line in wrap(&text, self.width.saturating_sub(2)) {
                self.line(&format!("  {line}"));
            }
        }
    }

    fn unique(&mut self, analysis: &Analysis) {
        if analysis.unique.is_empty() {
            return;
        }
        self.heading("Said by one only");
        for unique in analysis.unique.iter().take(MAX_ENTRIES) {
            self.item(
                "•",
                &format!(
                    "{} ({})",
                    claim(analysis, &unique.claim),
                    name(analysis, unique.member)
                ),
            );
        }
        self.more(analysis.unique.len());
    }

    fn limits(&mut self, analysis: &Analysis) {
        let limits: Vec<&str> = analysis
            .limits
            .iter()
            .map(|limit| limit_text(*limit))
            .collect();
        if !limits.is_empty() {
            self.text.push('\n');
            self.dim(&format!(
                "Measured with {} ({}). {}",
                analysis.method,
                analysis.engine,
                limits.join(" ")
            ));
        }
    }

    pub(super) fn more(&mut self, count: usize) {
        if count > MAX_ENTRIES {
            self.dim(&format!(
                "… and {} more; --json has them all",
                count - MAX_ENTRIES
            ));
        }
    }

    fn costs(&mut self, view: &ConsultationView) {
        let asked: Vec<&MemberView> = view
            .members
            .iter()
            .filter(|member| member.kind == MemberKind::Model)
            .collect();
        if asked.is_empty() {
            return;
        }
        self.heading("Time and cost");
        let head = ["", "time", "first text", "tokens in → out", "cost"]
            .map(str::to_owned)
            .to_vec();
        let rows: Vec<Vec<String>> = std::iter::once(head)
            .chain(asked.iter().map(|member| cost_row(member)))
            .collect();
        for line in cost_table(rows, self.width) {
            self.line(&line);
        }
        if asked.len() > 1 {
            self.line(&format!("  in all: {}", total(view.cost)));
        }
    }
}

/// What a member does with a claim, in a grid.
pub(crate) fn sign(stance: Option<Stance>) -> &'static str {
    match stance {
        Some(Stance::Asserts) => "✓",
        Some(Stance::Denies) => "✗",
        Some(Stance::DifferentValue) => "≠",
        Some(Stance::Silent) => "·",
        None => "?",
    }
}

/// What a check outside of claims is about.
fn nameless(kind: CheckKind) -> &'static str {
    match kind {
        CheckKind::File | CheckKind::Line => "a place in the code",
        _ => "a code block",
    }
}

/// A check that failed, in a sentence.
pub(crate) fn check_text(analysis: &Analysis, check: &FailedCheck) -> String {
    let who = name(analysis, check.member);
    let said = check.claim.as_deref().map(|id| claim(analysis, id));
    let what = said.map_or_else(
        || nameless(check.kind).to_owned(),
        |text| format!("“{text}”"),
    );
    let why = escape(&check.expected);
    match check.kind {
        CheckKind::Arithmetic => format!("{who}: {what}: the result is {why}"),
        CheckKind::Date => format!("{who}: {what}: that month has {why} days"),
        CheckKind::Weekday => format!("{who}: {what}: that day is a {why}"),
        CheckKind::Json => format!("{who}: {what} is no JSON: {why}"),
        CheckKind::Unit => format!("{who}: {what}: that is {why}"),
        CheckKind::Regex => format!("{who}: {what} is no regular expression: {why}"),
        CheckKind::Syntax => format!("{who}: {what} cannot be read as code from its line {why} on"),
        CheckKind::Rule => format!("{who}: {what} has a weakness ({why})"),
        CheckKind::File if why.is_empty() => format!("{who}: {what}: there is no such file"),
        CheckKind::File => format!("{who}: {what}: there is no such file; {why} is like it"),
        CheckKind::Line => format!("{who}: {what}: that file has {why} lines"),
    }
}

fn head_row(analysis: &Analysis) -> Vec<String> {
    let numbers = (1..=analysis.members.len()).map(|number| number.to_string());
    [String::new(), String::new()]
        .into_iter()
        .chain(numbers)
        .collect()
}

/// The table, without the time to the first text where the terminal is too narrow for it.
fn cost_table(mut rows: Vec<Vec<String>>, width: usize) -> Vec<String> {
    let mut align = vec![
        Align::Left,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Left,
    ];
    let lines = table(&rows, &align, "  ");
    if lines.iter().all(|line| width_of(line) <= width) {
        return lines;
    }
    align.remove(FIRST_TEXT);
    for row in rows.iter_mut().filter(|row| row.len() > FIRST_TEXT) {
        row.remove(FIRST_TEXT);
    }
    table(&rows, &align, "  ")
}

fn cost_row(member: &MemberView) -> Vec<String> {
    let unknown = || "unknown".to_owned();
    let mark = if member.demo { " (demonstration)" } else { "" };
    let label = format!("{}{mark}", escape(&member.label));
    let Some(call) = &member.call else {
        return vec![label, "not sent".to_owned()];
    };
    vec![
        label,
        call.duration_ms.map_or_else(unknown, duration),
        call.first_token_ms.map_or_else(|| "–".to_owned(), duration),
        tokens(call),
        money(call.cost),
    ]
}

fn missing(view: &ConsultationView) -> String {
    let labels: Vec<&str> = view
        .members
        .iter()
        .filter(|member| member.state != ReplyState::Complete)
        .map(|member| member.label.as_str())
        .collect();
    labels.join(", ")
}

fn name(analysis: &Analysis, member: usize) -> String {
    let found = analysis
        .members
        .iter()
        .find(|measure| measure.member == member);
    found.map_or_else(
        || format!("#{}", member + 1),
        |measure| escape(&measure.label).into_owned(),
    )
}

fn claim(analysis: &Analysis, id: &str) -> String {
    let row: Option<&ClaimRow> = analysis.claims.iter().find(|row| row.id == id);
    row.map_or_else(|| id.to_owned(), |row| one_line(&row.text))
}

fn quoted(analysis: &Analysis, side: &Side) -> String {
    format!(
        "{}: “{}”",
        name(analysis, side.member),
        one_line(&side.quote.text)
    )
}

pub(super) fn one_line(text: &str) -> String {
    escape(&text.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned()
}

fn plural(count: usize, one: &str, many: &str) -> String {
    if count == 1 {
        format!("1 {one}")
    } else {
        format!("{count} {many}")
    }
}

/// What a measurement could not see, in a sentence.
pub(crate) fn limit_text(limit: Limit) -> &'static str {
    match limit {
        Limit::NoAnswer => "There was no answer to measure.",
        Limit::OneAnswer => "There was one answer only: nothing to compare.",
        Limit::AnswerWithoutClaims => "Some answer claims nothing that can be checked.",
        Limit::LexicalOnly => {
            "Compared by words: the same thought in other words passes for silence."
        }
        Limit::ContradictionDirectOnly => "Only direct contradictions are found.",
        Limit::CrossLanguageUnaligned => {
            "Answers in different languages were not compared with each other."
        }
        Limit::ClaimsCapped => "Only the first claims of a long answer were compared.",
        Limit::CodeNotCompared => "Code was not compared.",
        Limit::TablesNotCompared => "Tables were not compared.",
        Limit::QuotesNotCompared => "Quoted text was not compared.",
        Limit::MembersApart => {
            "The demonstration model is measured beside the others and not counted."
        }
    }
}
