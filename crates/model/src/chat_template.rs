//! Chat templates: how a model that was trained on conversations wants one to be written down. Jinja, as
//! transformers' `apply_chat_template` renders it (`tokenizer_config.json`, `chat_template.jinja`, or
//! `tokenizer.chat_template` in a GGUF file).
//!
//! They come from strangers: what one may compute is limited, and it can reach nothing but the turns.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{
    Environment, Error as TemplateError, ErrorKind, UndefinedBehavior, Value as Jinja, context,
};
use serde::Serialize;
use serde_json::Value;

use remask_base::{Error, Result, visible};

/// What a template may compute, in instructions.
const FUEL: u64 = 1_000_000;
/// The template that is taken of several with names.
const DEFAULT: &str = "default";
/// What a template is called in its errors.
const NAME: &str = "chat_template";

/// One turn of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChatTurn {
    /// Whose it is: `system`, `user` or `assistant`.
    pub role: &'static str,
    /// What was said.
    pub content: String,
}

/// A template, and the tokens that it may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatTemplate {
    source: String,
    bos: String,
    eos: String,
}

impl ChatTemplate {
    /// The template `source`, for a model whose texts begin with `bos` and end with `eos`.
    pub fn new(source: String, bos: String, eos: String) -> Self {
        Self { source, bos, eos }
    }

    /// The template `source`, for the model of `settings` (`tokenizer_config.json`).
    pub(super) fn with_tokens_of(source: String, settings: &[u8]) -> Self {
        let settings: Value = serde_json::from_slice(settings).unwrap_or_default();
        let token = |name: &str| {
            let token = &settings[name];
            token.as_str().or_else(|| token["content"].as_str()).unwrap_or_default().to_owned()
        };
        Self::new(source, token("bos_token"), token("eos_token"))
    }

    /// The one that `settings` (`tokenizer_config.json`) hold; nothing where they hold none.
    pub(super) fn from_settings(settings: &[u8]) -> Option<Self> {
        let said: Value = serde_json::from_slice(settings).ok()?;
        let source = match &said[NAME] {
            Value::String(source) => source,
            Value::Array(named) => {
                let named = named.iter().find(|one| one["name"] == DEFAULT);
                named?["template"].as_str()?
            }
            _ => return None,
        };
        Some(Self::with_tokens_of(source.to_owned(), settings))
    }

    /// The conversation as a text that the answer follows. `begun` leaves out the token that texts begin with, for a
    /// prompt that has it in front already.
    ///
    /// # Errors
    /// When the template is none, or refuses these turns; it is said why.
    pub fn render(&self, turns: &[ChatTurn], begun: bool) -> Result<String> {
        let text = self.rendered(turns).map_err(|error| {
            // The chain of causes has what the template itself says.
            let mut reason = error.detail().unwrap_or_default().to_owned();
            if reason.is_empty() {
                reason = error.kind().to_string();
            }
            let line = error.line().map(|line| format!(" (line {line})")).unwrap_or_default();
            Error::invalid(format!(
                "the model's chat template cannot write this conversation{line}: {}",
                visible::line(&reason)
            ))
        })?;
        let rest = text.strip_prefix(&self.bos).filter(|_| begun);
        Ok(rest.map(str::to_owned).unwrap_or(text))
    }

    fn rendered(&self, turns: &[ChatTurn]) -> std::result::Result<String, TemplateError> {
        let mut jinja = Environment::new();
        // As transformers sets up Jinja.
        jinja.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
        jinja.set_undefined_behavior(UndefinedBehavior::Lenient);
        jinja.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        jinja.add_function("raise_exception", |reason: String| -> std::result::Result<(), _> {
            Err(TemplateError::new(ErrorKind::InvalidOperation, reason))
        });
        jinja.set_fuel(Some(FUEL));
        jinja.template_from_named_str(NAME, &self.source)?.render(context! {
            messages => Jinja::from(Serde(turns)),
            add_generation_prompt => true,
            bos_token => &self.bos,
            eos_token => &self.eos,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns() -> Vec<ChatTurn> {
        let turn = |role, content: &str| ChatTurn { role, content: content.to_owned() };
        vec![turn("system", "Be brief."), turn("user", " Hi! ")]
    }

    fn template(source: &str) -> ChatTemplate {
        ChatTemplate::new(source.to_owned(), "<s>".to_owned(), "</s>".to_owned())
    }

    #[test]
    fn turns_stand_as_the_template_has_them() {
        let chat_ml = template(
            "{% for message in messages %}\n    {{ '<|im_start|>' + message['role'] + '\\n' + message['content'].strip() + '<|im_end|>' + '\\n' }}\n{% endfor %}\n{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
        );
        assert_eq!(
            chat_ml.render(&turns(), false).unwrap().replace("    ", ""),
            "<|im_start|>system\nBe brief.<|im_end|>\n\n<|im_start|>user\nHi!<|im_end|>\n\n<|im_start|>assistant\n"
        );
        let begun = template("{{ bos_token }}{{ messages[-1].content | trim }}{{ eos_token }}");
        assert_eq!(begun.render(&turns(), true).unwrap(), "Hi!</s>");
        assert_eq!(begun.render(&turns(), false).unwrap(), "<s>Hi!</s>");
        assert_eq!(template("{{ nothing is defined }}").render(&turns(), false).unwrap(), "False");
    }

    #[test]
    fn what_a_template_refuses_is_said() {
        for (source, named) in [
            ("{{ raise_exception('no system turn') }}", "no system turn"),
            ("{% if %}", "line 1"),
            (
                "{% for i in range(9999) %}{% for j in range(9999) %}x{% endfor %}{% endfor %}",
                "fuel",
            ),
            ("{% include 'other' %}", "other"),
            ("{{ messages | nosuch }}", "nosuch"),
            ("{{ raise_exception('\u{1b}[2J') }}", "␛[2J"),
        ] {
            let refused = template(source).render(&turns(), false).unwrap_err().to_string();
            assert!(refused.contains(named), "{refused} does not name {named}");
        }
    }

    #[test]
    fn settings_name_it_in_two_ways() {
        let plain =
            br#"{"chat_template": "x", "bos_token": {"content": "<b>"}, "eos_token": "<e>"}"#;
        let expected = ChatTemplate::new("x".to_owned(), "<b>".to_owned(), "<e>".to_owned());
        assert_eq!(ChatTemplate::from_settings(plain), Some(expected));
        let several = br#"{"chat_template": [{"name": "tool_use", "template": "t"}, {"name": "default", "template": "d"}]}"#;
        assert_eq!(ChatTemplate::from_settings(several).unwrap().source, "d");
        for none in [&b"{}"[..], b"nonsense", br#"{"chat_template": 3}"#] {
            assert_eq!(ChatTemplate::from_settings(none), None);
        }
    }
}
