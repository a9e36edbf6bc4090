//! Where themes are found: in the binary, and in a folder of the person's own, whose themes take the place of
//! bundled ones of their name.

use std::path::{Path, PathBuf};

use super::Theme;
use super::color_depth::ColorDepth;
use super::theme_file::ThemeFile;
use super::theme_sources::ThemeSources;
use crate::nearest::nearest;
use crate::{Error, Result, config};

/// The themes inside the binary, in the order in which they are listed.
pub(super) const BUNDLED: [(&str, &str); 9] = [
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("ember", include_str!("../../../themes/ember.toml")),
    ("neon", include_str!("../../../themes/neon.toml")),
    ("sand", include_str!("../../../themes/sand.toml")),
    ("paper", include_str!("../../../themes/paper.toml")),
    ("projector", include_str!("../../../themes/projector.toml")),
    ("colorblind", include_str!("../../../themes/colorblind.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
];

/// The person's own themes, where there is a place for them; behind them the bundled ones.
#[derive(Clone, Debug, Default)]
pub struct ThemeFolder(Option<PathBuf>);

/// A theme that can be chosen, or what is wrong with it.
#[derive(Debug)]
pub struct ThemeEntry {
    /// What it is called.
    pub name: String,
    /// The theme, where its file is one.
    pub theme: Result<Theme>,
}

/// Where one theme is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Bundled { name: &'static str, text: &'static str },
    File { path: PathBuf, called: String },
}

impl Place {
    fn bundled(name: &str) -> Option<Self> {
        let (name, text) = BUNDLED.iter().find(|(bundled, _)| *bundled == name)?;
        Some(Self::Bundled { name, text })
    }

    fn name(&self) -> &str {
        match self {
            Self::Bundled { name, .. } => name,
            Self::File { called, .. } => called,
        }
    }

    fn read(&self, sources: &mut ThemeSources) -> Result<ThemeFile> {
        let text = match self {
            Self::Bundled { text, .. } => (*text).to_owned(),
            Self::File { path, .. } => sources.read(path)?,
        };
        ThemeFile::parse(&text).map_err(|error| in_theme(self.name(), &error))
    }

    /// Whether both are the same, however the way to it is written.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File { path, .. }, Self::File { path: other, .. }) => {
                let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
                real(path) == real(other)
            }
            _ => self == other,
        }
    }
}

impl ThemeFolder {
    /// None: the bundled themes alone.
    pub fn none() -> Self {
        Self(None)
    }

    /// `themes` beside the configuration.
    pub fn usual() -> Self {
        Self(config::folder().map(|folder| folder.join("themes")))
    }

    /// That folder. It need not exist.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(Some(path.into()))
    }

    /// The theme called `name`, or the one in the file of that path.
    ///
    /// # Errors
    /// When there is no such theme, its file is not a theme, or what it inherits is none.
    pub fn load(&self, name: &str, depth: ColorDepth) -> Result<Theme> {
        let mut sources = ThemeSources::default();
        self.load_from(name, depth, &mut sources)
    }

    /// As [`ThemeFolder::load`]. `sources` are the files that were read, whatever came of it.
    pub(super) fn load_from(
        &self,
        name: &str,
        depth: ColorDepth,
        sources: &mut ThemeSources,
    ) -> Result<Theme> {
        let name = if depth == ColorDepth::None { "mono" } else { name };
        let file = self.inherited(name, sources)?;
        let mut theme = file.theme(name, depth).map_err(|error| in_theme(name, &error))?;
        theme.folder = self.clone();
        theme.sources = sources.clone();
        Ok(theme)
    }

    /// Every theme that has a name.
    pub fn all(&self, depth: ColorDepth) -> Vec<ThemeEntry> {
        let own = self.own_names();
        let bundled = BUNDLED.iter().map(|(name, _)| (*name).to_owned());
        let others = own.iter().filter(|name| Place::bundled(name).is_none());
        let names = bundled.chain(others.cloned());
        names.map(|name| ThemeEntry { theme: self.load(&name, depth), name }).collect()
    }

    /// What the file of `name` says, and, where it leaves something to another, what that one says.
    fn inherited(&self, name: &str, sources: &mut ThemeSources) -> Result<ThemeFile> {
        let first = self.find(name).ok_or_else(|| self.unknown(name))?;
        let mut file = first.read(sources)?;
        let mut heirs = vec![first];
        while let Some(parent) = file.inherits.take() {
            let place = self.parent(&parent, &heirs)?;
            file = file.or(place.read(sources)?);
            heirs.push(place);
        }
        Ok(file)
    }

    fn find(&self, name: &str) -> Option<Place> {
        let path = Path::new(name);
        if path.extension().is_some() {
            return Some(Place::File { path: path.to_owned(), called: name.to_owned() });
        }
        self.own(name).or_else(|| Place::bundled(name))
    }

    fn own(&self, name: &str) -> Option<Place> {
        let path = self.0.as_ref()?.join(format!("{name}.toml"));
        path.exists().then(|| Place::File { path, called: name.to_owned() })
    }

    /// What the last of `heirs` inherits. A theme that takes the place of a bundled one may inherit that.
    fn parent(&self, name: &str, heirs: &[Place]) -> Result<Place> {
        let heir = &heirs[heirs.len() - 1];
        let found = match (heir, Path::new(name).extension()) {
            // A path is meant from where the file is.
            (Place::File { path, .. }, Some(_)) => {
                let path = path.parent().unwrap_or(Path::new("")).join(name);
                Some(Place::File { path, called: name.to_owned() })
            }
            _ => self.find(name),
        };
        let Some(found) = found else {
            let error = format!("inherits cannot be {name:?}; {}", self.remedy(name));
            return Err(in_theme(heir.name(), &Error::invalid(error)));
        };
        let is_heir = |place: &Place| heirs.iter().any(|heir| heir.is(place));
        let place = match is_heir(&found) {
            true => Place::bundled(name).filter(|bundled| !is_heir(bundled)),
            false => Some(found),
        };
        place.ok_or_else(|| {
            let mut circle: Vec<&str> = heirs.iter().map(Place::name).collect();
            circle.push(name);
            let circle = circle.join(" inherits ");
            let error = format!("it inherits itself: {circle}; take one inherits out");
            in_theme(heirs[0].name(), &Error::invalid(error))
        })
    }

    fn unknown(&self, name: &str) -> Error {
        Error::invalid(format!("theme cannot be {name:?}; {}", self.remedy(name)))
    }

    fn remedy(&self, name: &str) -> String {
        let own = self.own_names();
        let bundled = BUNDLED.iter().map(|(name, _)| *name);
        let own = own.iter().map(String::as_str).filter(|name| Place::bundled(name).is_none());
        let names: Vec<&str> = bundled.chain(own).collect();
        let meant = nearest(name, names.iter().copied());
        format!(
            "it takes {}, or the path of a .toml file; did you mean {meant:?}?",
            names.join(", ")
        )
    }

    /// The names in the folder, in their order.
    fn own_names(&self) -> Vec<String> {
        let entries = self.0.iter().filter_map(|folder| std::fs::read_dir(folder).ok());
        let paths = entries.flatten().flatten().map(|entry| entry.path());
        let themes = paths.filter(|path| path.extension().is_some_and(|end| end == "toml"));
        let mut names: Vec<String> = themes
            .filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
            .collect();
        names.sort();
        names
    }
}

fn in_theme(name: &str, error: &Error) -> Error {
    Error::invalid(format!("theme {name}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, ThemeFolder) {
        let at = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(at.path().join(name), text).unwrap();
        }
        let folder = ThemeFolder::at(at.path());
        (at, folder)
    }

    #[test]
    fn every_bundled_theme_loads_and_says_what_it_is_for() {
        for depth in [ColorDepth::True, ColorDepth::Indexed, ColorDepth::Basic] {
            for entry in ThemeFolder::none().all(depth) {
                let theme = entry.theme.unwrap();
                assert_eq!(theme.name, entry.name);
                assert!(!theme.help.is_empty() && !theme.help.ends_with('.'), "{}", theme.name);
                assert!(!theme.is_from_file());
            }
        }
    }

    #[test]
    fn own_themes_are_listed_and_take_the_place_of_bundled_ones() {
        let (_at, folder) = folder(&[
            ("sea.toml", "inherits = 'dark'\nhelp = 'blue'\n[screen]\nbg = '#000010'"),
            ("light.toml", "inherits = 'light'\n[key]\nfg = '#010203'"),
            ("torn.toml", "[screen"),
            ("notes.txt", "no theme"),
        ]);
        let all = folder.all(ColorDepth::True);
        let names: Vec<&str> = all.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names.len(), BUNDLED.len() + 2, "{names:?}");
        assert_eq!(&names[BUNDLED.len()..], ["sea", "torn"]);
        let sea = all[BUNDLED.len()].theme.as_ref().unwrap();
        assert_eq!(sea.help, "blue");
        let torn = all[BUNDLED.len() + 1].theme.as_ref().unwrap_err().to_string();
        assert!(torn.starts_with("theme torn: TOML parse error at line 1"), "{torn}");
        let light = folder.load("light", ColorDepth::True).unwrap();
        assert_eq!(light.key.fg, Some(ratatui::style::Color::Rgb(1, 2, 3)));
        assert!(light.is_from_file());
    }

    #[test]
    fn a_path_is_inherited_from_where_the_file_is() {
        let (at, _) = folder(&[
            ("base.toml", "inherits = 'mono'\n[key]\nitalic = true"),
            ("child.toml", "inherits = './base.toml'"),
        ]);
        let child = at.path().join("child.toml");
        let theme = ThemeFolder::none().load(child.to_str().unwrap(), ColorDepth::True).unwrap();
        assert!(theme.key.add_modifier.contains(ratatui::style::Modifier::ITALIC));
    }

    #[test]
    fn mistakes_are_named() {
        let (at, folder) = folder(&[
            ("a.toml", "inherits = 'b'"),
            ("b.toml", "inherits = 'c'"),
            ("c.toml", "inherits = './deeper/../b.toml'"),
            ("self.toml", "inherits = 'self'"),
            ("typo.toml", "inherits = 'drak'"),
            ("part.toml", "inherits = 'dark'\n[nonsense]\nfg = 'red'"),
            ("colour.toml", "inherits = 'dark'\n[key]\nfg = 'blurple'"),
            ("lost.toml", "inherits = 'nowhere.toml'"),
            ("short.toml", "inherits = 'dark'\nscale = [{}]"),
        ]);
        std::fs::create_dir(at.path().join("deeper")).unwrap();
        for (name, expected) in [
            ("blue", "theme cannot be \"blue\"; it takes dark, light"),
            ("a", "theme a: it inherits itself: a inherits b inherits c inherits"),
            ("self", "theme self: it inherits itself: self inherits self; take one"),
            ("typo", "theme typo: inherits cannot be \"drak\"; it takes dark, light"),
            ("typo", "did you mean \"dark\"?"),
            ("part", "theme part: TOML parse error at line 2, column 2: unknown field `nonsense`"),
            ("colour", "theme colour: TOML parse error at line 3"),
            ("lost", "nowhere.toml: No such file"),
            ("short", "theme short: scale needs two looks"),
        ] {
            let error = folder.load(name, ColorDepth::True).unwrap_err().to_string();
            assert!(error.contains(expected), "{name}: {error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn no_color_means_none() {
        let (_at, folder) = folder(&[("torn.toml", "[screen")]);
        for name in ["dark", "torn"] {
            let theme = folder.load(name, ColorDepth::None).unwrap();
            assert_eq!(theme.name, "mono");
            for share in [0.0, 0.3, 1.0] {
                let style = theme.on_scale(share);
                assert_eq!((style.fg, style.bg), (None, None));
            }
        }
    }
}
