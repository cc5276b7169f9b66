//! Colours by meaning, all plain where there are none.

use anstyle::{AnsiColor, Style};

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum ColorChoice {
    // Plain comments: what documents a value would stand in every page of help.
    // On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    Always,
    Never,
}

/// One style per meaning.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Palette {
    /// A title.
    pub(crate) heading: Style,
    /// What stands back.
    pub(crate) dim: Style,
    /// All is well.
    pub(crate) good: Style,
    /// Look here.
    pub(crate) warning: Style,
    /// Something failed.
    pub(crate) error: Style,
    /// How to mend it.
    pub(crate) hint: Style,
}

impl Palette {
    /// No colours at all.
    pub(crate) const fn plain() -> Self {
        let plain = Style::new();
        Self {
            heading: plain,
            dim: plain,
            good: plain,
            warning: plain,
            error: plain,
            hint: plain,
        }
    }

    const fn colored() -> Self {
        Self {
            heading: Style::new().bold(),
            dim: Style::new().dimmed(),
            good: AnsiColor::Green.on_default(),
            warning: AnsiColor::Yellow.on_default(),
            error: AnsiColor::Red.on_default().bold(),
            hint: AnsiColor::Cyan.on_default(),
        }
    }

    /// The colours of standard output.
    pub(crate) fn for_stdout(choice: ColorChoice) -> Self {
        Self::choose(choice, anstream::AutoStream::choice(&std::io::stdout()))
    }

    /// The colours of the error stream.
    pub(crate) fn for_stderr(choice: ColorChoice) -> Self {
        Self::choose(choice, anstream::AutoStream::choice(&std::io::stderr()))
    }

    fn choose(choice: ColorChoice, automatic: anstream::ColorChoice) -> Self {
        if is_colored(choice, automatic) {
            Self::colored()
        } else {
            Self::plain()
        }
    }
}

/// Whether the error stream takes colours.
pub(crate) fn stderr_is_colored(choice: ColorChoice) -> bool {
    is_colored(choice, anstream::AutoStream::choice(&std::io::stderr()))
}

fn is_colored(choice: ColorChoice, automatic: anstream::ColorChoice) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => automatic != anstream::ColorChoice::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_palette_writes_nothing() {
        let Palette { error, .. } = Palette::plain();
        assert_eq!(format!("{error}x{error:#}"), "x");
    }

    #[test]
    fn the_choice_of_the_person_wins_over_the_terminal() {
        for (choice, automatic, colored) in [
            (ColorChoice::Always, anstream::ColorChoice::Never, true),
            (ColorChoice::Never, anstream::ColorChoice::Always, false),
            (ColorChoice::Auto, anstream::ColorChoice::Never, false),
            (ColorChoice::Auto, anstream::ColorChoice::Always, true),
        ] {
            let Palette { error, .. } = Palette::choose(choice, automatic);
            assert_eq!(
                !format!("{error}").is_empty(),
                colored,
                "{choice:?} {automatic:?}"
            );
        }
    }
}
