//! Templates of prompts: texts a person keeps, with names in braces where something is to be put in.

use majlis_store::{NewTemplate, TemplateRow};

use crate::chat::check_text;
use crate::{App, AppError, Page, ambient};

/// A template at most, in bytes: a page of them is read at once.
const MAX_TEMPLATE_BYTES: usize = 64 << 10;
/// The name of a template at most, in characters.
const MAX_NAME_CHARS: usize = 200;
/// The name of a place in a template at most, in characters; longer ones are text in braces.
const MAX_PLACEHOLDER_CHARS: usize = 64;

/// A template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateView {
    /// Its id.
    pub id: String,
    /// Its name; others may have the same.
    pub name: String,
    /// Its text.
    pub text: String,
    /// What is to be put in, each once, in the order of the text.
    pub placeholders: Vec<String>,
    /// Milliseconds since 1970 UTC.
    pub created_at_ms: i64,
    /// When it was last changed, milliseconds since 1970 UTC.
    pub updated_at_ms: i64,
}

impl From<TemplateRow> for TemplateView {
    fn from(row: TemplateRow) -> Self {
        Self {
            placeholders: placeholders(&row.text),
            id: row.id,
            name: row.name,
            text: row.text,
            created_at_ms: row.created_at_ms,
            updated_at_ms: row.updated_at_ms,
        }
    }
}

impl App {
    /// Keeps a template.
    ///
    /// # Errors
    /// `Invalid` for an empty or too long name or text.
    pub async fn create_template(
        &self,
        name: &str,
        text: String,
    ) -> Result<TemplateView, AppError> {
        let new = NewTemplate {
            id: ambient::new_id(),
            name: checked_name(name)?,
            text: checked_text(text)?,
            created_at_ms: ambient::now_ms(),
        };
        Ok(self.inner.store.create_template(new).await?.into())
    }

    /// A page of templates, newest first.
    ///
    /// # Errors
    /// `Storage`.
    pub async fn templates(
        &self,
        limit: u32,
        before: Option<i64>,
    ) -> Result<Page<TemplateView>, AppError> {
        let page = self.inner.store.templates(limit, before).await?;
        Ok(Page {
            items: page.items.into_iter().map(Into::into).collect(),
            next: page.next,
        })
    }

    /// A template.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn template(&self, id: &str) -> Result<TemplateView, AppError> {
        Ok(self.inner.store.template(id).await?.into())
    }

    /// Gives a template another name and text.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` as for a new one.
    pub async fn replace_template(
        &self,
        id: &str,
        name: &str,
        text: String,
    ) -> Result<TemplateView, AppError> {
        let (name, text) = (checked_name(name)?, checked_text(text)?);
        let at_ms = ambient::now_ms();
        let store = &self.inner.store;
        Ok(store.replace_template(id, name, text, at_ms).await?.into())
    }

    /// Deletes a template.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete_template(&self, id: &str) -> Result<(), AppError> {
        Ok(self.inner.store.delete_template(id).await?)
    }
}

fn checked_name(name: &str) -> Result<String, AppError> {
    let name = name.trim();
    check_text("template_name", name)?;
    if name.chars().count() > MAX_NAME_CHARS {
        return Err(AppError::invalid(
            "template_name_too_long",
            format!("The name of a template has at most {MAX_NAME_CHARS} characters."),
            "Shorten it.",
        ));
    }
    Ok(name.to_owned())
}

fn checked_text(text: String) -> Result<String, AppError> {
    check_text("template", &text)?;
    if text.len() > MAX_TEMPLATE_BYTES {
        return Err(AppError::invalid(
            "template_too_long",
            format!(
                "The template has {} bytes; at most {MAX_TEMPLATE_BYTES} are kept.",
                text.len()
            ),
            "Shorten it, or put a long text in when you ask.",
        ));
    }
    Ok(text)
}

/// The names in single braces, each once: letters, digits, `_` and `-`. Other text in braces, such
/// as code, is text.
fn placeholders(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        rest = behind;
        let Some((name, after)) = behind.split_once('}') else {
            break;
        };
        let is_single = !before.ends_with('{') && !after.starts_with('}');
        if is_single && is_name(name) && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

fn is_name(text: &str) -> bool {
    (1..=MAX_PLACEHOLDER_CHARS).contains(&text.chars().count())
        && text
            .chars()
            .all(|char| char.is_alphanumeric() || char == '_' || char == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_names_in_single_braces() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(placeholders(text), expected, "{text}");
        };
        check("", &[]);
        check("Review {code} for {who}.", &["code", "who"]);
        check("{a}{b}{a}", &["a", "b"]);
        check("راجع {النص} من فضلك", &["النص"]);
        check("fn f() { x } {}", &[]);
        check("{{literal}} {real}", &["real"]);
        check("{open", &[]);
        check("{ {inner} }", &["inner"]);
        check(&format!("{{{}}}", "x".repeat(65)), &[]);
    }

    #[test]
    fn a_template_has_a_name_and_a_text_of_some_length() {
        let code = |result: Result<String, AppError>| result.err().map(|error| error.notice.code);
        let is = |code: &str| Some(code.to_owned());
        assert_eq!(code(checked_name(" ")), is("template_name_empty"));
        assert_eq!(
            code(checked_name(&"ن".repeat(201))),
            is("template_name_too_long")
        );
        assert_eq!(checked_name(" n ").ok(), is("n"));
        assert_eq!(code(checked_text("\n".to_owned())), is("template_empty"));
        let long = "x".repeat(MAX_TEMPLATE_BYTES + 1);
        assert_eq!(code(checked_text(long)), is("template_too_long"));
    }
}
