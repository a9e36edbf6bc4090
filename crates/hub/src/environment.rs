//! What the environment says of the hub, in the variables that all its programs know
//! (<https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables>).

use std::env;
use std::fmt;
use std::path::PathBuf;

/// Where models are, where they come from, and who asks for them.
#[derive(Clone)]
pub struct Environment {
    /// The folder of the cache: `HF_HUB_CACHE`, else `hub` in `HF_HOME`, else the usual one.
    pub cache: PathBuf,
    /// `HF_ENDPOINT`, without a slash at its end.
    pub endpoint: String,
    /// `HF_TOKEN`, else what stands in the file `HF_TOKEN_PATH` or `token` in `HF_HOME`. It is sent to the endpoint alone.
    pub token: Option<String>,
    /// `HF_HUB_OFFLINE`: nothing is asked for.
    pub is_offline: bool,
}

/// Without the token: it is shown nowhere.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cache, endpoint, token, is_offline } = self;
        write!(f, "{cache:?} of {endpoint}, token: {}, offline: {is_offline}", token.is_some())
    }
}

impl Environment {
    /// Refuses what no request can be made of; the token is not shown.
    pub(crate) fn check(&self) -> Result<(), String> {
        let is_url = ["http://", "https://"].iter().any(|start| self.endpoint.starts_with(start));
        if !is_url {
            return Err(format!(
                "HF_ENDPOINT is {:?}; it takes the address of a hub, https://huggingface.co where it is not set",
                self.endpoint
            ));
        }
        let is_token = |token: &String| token.bytes().all(|byte| byte.is_ascii_graphic());
        match self.token.as_ref().is_none_or(is_token) {
            true => Ok(()),
            false => Err("the token (HF_TOKEN, or what is kept of it) has characters that no token has; copy it anew"
                .to_owned()),
        }
    }

    /// As the environment of this program says.
    pub fn read() -> Self {
        Self::of(&|name| env::var(name).ok().filter(|value| !value.is_empty()))
    }

    fn of(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        const OFFICIAL: &str = "https://huggingface.co";
        let caches = || match variable("XDG_CACHE_HOME") {
            Some(folder) => PathBuf::from(folder),
            None => env::home_dir().unwrap_or_default().join(".cache"),
        };
        let home = variable("HF_HOME").map_or_else(|| caches().join("huggingface"), PathBuf::from);
        let cache = variable("HF_HUB_CACHE").map_or_else(|| home.join("hub"), PathBuf::from);
        let endpoint = variable("HF_ENDPOINT").unwrap_or_else(|| OFFICIAL.to_owned());
        let token_file =
            variable("HF_TOKEN_PATH").map_or_else(|| home.join("token"), PathBuf::from);
        let kept = || std::fs::read_to_string(token_file).ok();
        let token = variable("HF_TOKEN").or_else(kept).map(|token| token.trim().to_owned());
        let is_set = |value: String| {
            ["1", "on", "yes", "true"].contains(&value.to_ascii_lowercase().as_str())
        };
        Self {
            cache,
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            token: token.filter(|token| !token.is_empty()),
            is_offline: variable("HF_HUB_OFFLINE").is_some_and(is_set),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_say_where_and_who() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().display().to_string();
        std::fs::write(folder.path().join("token"), "kept\n").unwrap();
        let read = |set: &[(&str, &str)]| {
            Environment::of(&|name| {
                let value = set.iter().find(|(other, _)| *other == name);
                value.map(|(_, value)| (*value).to_owned())
            })
        };
        let plain = read(&[("HF_HOME", &home)]);
        assert_eq!(plain.cache, folder.path().join("hub"));
        assert_eq!(plain.endpoint, "https://huggingface.co");
        assert_eq!((plain.token.as_deref(), plain.is_offline), (Some("kept"), false));
        let other = read(&[
            ("HF_HOME", &home),
            ("HF_HUB_CACHE", "/c"),
            ("HF_ENDPOINT", "http://mirror/"),
            ("HF_TOKEN", "secret"),
            ("HF_HUB_OFFLINE", "1"),
        ]);
        assert_eq!((other.cache.to_str(), other.endpoint.as_str()), (Some("/c"), "http://mirror"));
        assert_eq!((other.token.as_deref(), other.is_offline), (Some("secret"), true));
        assert!(!format!("{other:?}").contains("secret"));
    }
}
