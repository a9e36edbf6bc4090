//! What a model on the hub is called.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// `OWNER/NAME`, and where it is said a revision behind `@` and a file behind `:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelName {
    /// `OWNER/NAME`.
    pub repository: String,
    /// A branch, a tag or a commit.
    pub revision: String,
    /// One file of weights, where not all is wanted.
    pub file: Option<String>,
}

/// The branch that is meant where none is named.
const MAIN: &str = "main";

impl FromStr for ModelName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (model, file) = match text.split_once(':') {
            Some((model, file)) => (model, Some(file.to_owned())),
            None => (text, None),
        };
        let (repository, revision) = model.split_once('@').unwrap_or((model, MAIN));
        let is_plain = |part: &str| {
            let known = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            !part.is_empty()
                && part.chars().all(known)
                && !part.starts_with('.')
                && !part.contains("..")
        };
        let two = matches!(repository.split_once('/'), Some((owner, name)) if is_plain(owner) && is_plain(name));
        let wrong = if !two {
            "a model on the hub is called OWNER/NAME".to_owned()
        } else if !revision.split('/').all(is_plain) {
            format!("{revision:?} behind @ is no branch, tag or commit")
        } else if !file.as_deref().is_none_or(is_inside) {
            format!("{:?} behind : is no file of a repository", file.unwrap_or_default())
        } else {
            let (repository, revision) = (repository.to_owned(), revision.to_owned());
            return Ok(Self { repository, revision, file });
        };
        Err(format!("{wrong}, and where it is needed OWNER/NAME@REVISION:FILE; got {text:?}"))
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.repository)?;
        if self.revision != MAIN {
            write!(f, "@{}", self.revision)?;
        }
        match &self.file {
            Some(file) => write!(f, ":{file}"),
            None => Ok(()),
        }
    }
}

/// Whether `path` names a file below the folder that it stands in, and cannot name another.
pub(crate) fn is_inside(path: &str) -> bool {
    use std::path::Component::Normal;
    let parts = || Path::new(path).components();
    !path.is_empty()
        && !path.contains(['\\', '\0'])
        && !path.ends_with('/')
        && parts().all(|part| matches!(part, Normal(_)))
        && parts().count() == path.split('/').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for text in
            ["GSAI-ML/LLaDA-8B-Instruct", "a/b:q4.gguf", "a/b@v1.0:sub/q4.gguf", "a/b@refs/pr/3"]
        {
            assert_eq!(text.parse::<ModelName>().unwrap().to_string(), text);
        }
        let name: ModelName = "a/b@main".parse().unwrap();
        assert_eq!((name.to_string().as_str(), name.revision.as_str()), ("a/b", MAIN));
    }

    #[test]
    fn what_names_no_model_is_refused() {
        for text in [
            "",
            "gpt2",
            "a/b/c",
            "../b",
            "a/..",
            "a/b:",
            "a/b:../x",
            "a/b:/etc/x",
            "a/b:x//y",
            "a/b@",
            "a b/c",
        ] {
            let error = text.parse::<ModelName>().unwrap_err();
            assert!(error.contains("OWNER/NAME"), "{text}: {error}");
        }
    }
}
