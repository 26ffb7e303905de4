//! The maps of keys that an application builds when it is configured, and how it looks a setting up in them.

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::release::Minor;
use super::super::task_options;
use super::keys::{self, MAPS_FIRST, Style};
use super::{Found, Given, Key, Why};

/// `ImproperlyConfigured`: old and new names in one configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mixed {
    /// The style that Celery settled for.
    pub style: Style,
    /// What it asks to rename, in its order.
    pub renames: Vec<Rename>,
}

/// One key of the other style, and its name in the style that Celery settled for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    pub written: String,
    pub to: &'static str,
    /// The place of the key in the list of what is given.
    pub given: usize,
}

/// Keys in the order of their first insertion, as a Python dict has them.
type Pairs<'a> = Vec<(&'a str, usize)>;

/// One map of the chain of maps.
enum Layer<'a> {
    Keys(FxHashMap<&'a str, usize>),
    /// The built-in defaults. Up to 5.6 they also hold what was given before the first read.
    Builtin(FxHashMap<&'a str, usize>),
}

/// An application's configuration, read.
pub struct Configuration<'a> {
    pub(super) release: Minor,
    pub(super) prefix: Option<String>,
    pub(super) given: &'a [Given<'a>],
    style: Style,
    layers: Vec<Layer<'a>>,
    /// Keys (places in the list) whose value another took in the same map.
    pub(super) overwritten: FxHashMap<usize, usize>,
    /// Keys that are in no map.
    pub(super) dropped: FxHashMap<usize, Why>,
}

/// The application between its creation and now.
struct Builder<'a> {
    release: Minor,
    namespace: Option<&'a str>,
    given: &'a [Given<'a>],
    /// What was given before the first read, and which of it as arguments of `Celery()`.
    before: Pairs<'a>,
    arguments: FxHashSet<&'a str>,
    object: Option<Pairs<'a>>,
    /// `add_defaults` before the first read.
    pending: Vec<Pairs<'a>>,
    read: Option<(Style, Vec<Layer<'a>>)>,
    overwritten: FxHashMap<usize, usize>,
    dropped: FxHashMap<usize, Why>,
}

/// See `super::configure`.
pub(super) fn configure<'a>(
    release: Minor,
    namespace: Option<&'a str>,
    given: &'a [Given<'a>],
) -> Result<Configuration<'a>, Mixed> {
    let mut builder = Builder {
        release,
        namespace: namespace.filter(|namespace| !namespace.is_empty()),
        given,
        before: Vec::new(),
        arguments: FxHashSet::default(),
        object: None,
        pending: Vec::new(),
        read: None,
        overwritten: FxHashMap::default(),
        dropped: FxHashMap::default(),
    };
    builder.create();
    for at in 0..given.len() {
        builder.step(at)?;
    }
    let (style, layers) = match builder.read.take() {
        Some(read) => read,
        None => builder.load()?,
    };
    Ok(Configuration {
        release,
        prefix: keys::prefix(builder.namespace),
        given,
        style,
        layers,
        overwritten: builder.overwritten,
        dropped: builder.dropped,
    })
}

/// The setting that an argument of `Celery()` sets, and its place among the arguments: three come before all others.
fn argument(name: &str, release: Minor) -> Result<(usize, &str), Why> {
    const FIRST: [(&str, &str); 3] = [("broker", "broker_url"), ("backend", "result_backend"), ("include", "include")];
    if let Some(at) = FIRST.iter().position(|(argument, _)| *argument == name) {
        return Ok((at, FIRST.get(at).map_or(name, |(_, setting)| setting)));
    }
    let parameter = task_options::find(&task_options::tables().celery_arguments, name);
    if parameter.is_some_and(|parameter| parameter.releases().contains(release)) {
        return Err(Why::NotASettingHere);
    }
    let early = Minor(4, 3) <= release && matches!(name, "broker_use_ssl" | "redis_backend_use_ssl");
    if release >= Minor(5, 1) || early { Ok((FIRST.len(), name)) } else { Err(Why::ArgumentNotTaken) }
}

impl<'a> Builder<'a> {
    /// `Celery.__init__`
    fn create(&mut self) {
        let mut arguments = Vec::new();
        for (at, given) in self.given.iter().enumerate() {
            let Given::Argument(key) = given else { continue };
            match argument(key.written, self.release) {
                Ok((order, name)) => arguments.push((order, at, name)),
                Err(why) => drop(self.dropped.insert(at, why)),
            }
        }
        arguments.sort_unstable();
        for (_, at, name) in arguments {
            self.arguments.insert(name);
            self.set_before(name, at);
        }
    }

    fn set_before(&mut self, name: &'a str, at: usize) {
        match self.before.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => drop(self.overwritten.insert(std::mem::replace(old, at), at)),
            None => self.before.push((name, at)),
        }
    }

    fn step(&mut self, at: usize) -> Result<(), Mixed> {
        match self.given.get(at) {
            Some(Given::Change(key)) => self.change(key.written, at),
            Some(Given::Object { namespace }) => return self.object(namespace.filter(|name| !name.is_empty()), at),
            Some(Given::Defaults) => self.defaults(at),
            Some(Given::Read) if self.read.is_none() => self.read = Some(self.load()?),
            _ => {}
        }
        Ok(())
    }

    fn change(&mut self, key: &'a str, at: usize) {
        match self.read.as_mut().and_then(|(_, layers)| layers.first_mut()) {
            Some(Layer::Keys(changes)) => {
                if let Some(old) = changes.insert(key, at) {
                    self.overwritten.insert(old, at);
                }
            }
            _ => self.set_before(key, at),
        }
    }

    /// The keys that follow an `Object` or a `Defaults`.
    fn keys_after(&mut self, at: usize) -> Pairs<'a> {
        let mut pairs: Pairs<'a> = Vec::new();
        let mut places: FxHashMap<&'a str, usize> = FxHashMap::default();
        let following = self.given.iter().enumerate().skip(at + 1);
        for (at, key) in following.map_while(|(at, given)| match given {
            Given::Key(key) => Some((at, key.written)),
            _ => None,
        }) {
            if let Some(old) = places.insert(key, at) {
                self.overwritten.insert(old, at);
            } else {
                pairs.push((key, at));
            }
        }
        pairs.iter_mut().for_each(|(key, at)| *at = places.get(key).copied().unwrap_or(*at));
        pairs
    }

    /// `config_from_object`: put aside until the first read; after it, everything is read anew.
    fn object(&mut self, namespace: Option<&'a str>, at: usize) -> Result<(), Mixed> {
        self.namespace = namespace.or(self.namespace);
        let keys = self.keys_after(at);
        for (_, old) in self.object.replace(keys).into_iter().flatten() {
            self.dropped.insert(old, Why::ObjectReplaced);
        }
        if let Some((_, layers)) = self.read.take() {
            self.lose(&layers);
            self.read = Some(self.load()?);
        }
        Ok(())
    }

    /// What changed after the first read, and the defaults added until now, are not there when all is read anew.
    fn lose(&mut self, layers: &[Layer<'a>]) {
        let kept: FxHashSet<usize> = self.before.iter().map(|(_, at)| *at).collect();
        for layer in layers {
            let Layer::Keys(map) = layer else { continue };
            for at in map.values().filter(|at| !kept.contains(at)) {
                self.dropped.entry(*at).or_insert(Why::LostOnReload);
            }
        }
        // A key given before the first read, which a lost change had overwritten, counts again.
        self.overwritten.retain(|old, by| !kept.contains(old) || kept.contains(by));
    }

    /// `add_defaults`: in spite of its name it comes before the object, and the last one first.
    fn defaults(&mut self, at: usize) {
        let keys = self.keys_after(at);
        match &mut self.read {
            Some((_, layers)) => layers.insert(1, Layer::Keys(keys.into_iter().collect())),
            None => self.pending.push(keys),
        }
    }

    /// `_load_config`: the decision on the style, and the chain of maps.
    fn load(&mut self) -> Result<(Style, Vec<Layer<'a>>), Mixed> {
        let style = self.detect()?;
        let mut before: FxHashMap<&'a str, usize> = FxHashMap::default();
        for (key, at) in &self.before {
            if let Some(old) = before.insert(keys::converted(key, style, self.release), *at) {
                self.overwritten.insert(old, *at);
            }
        }
        let builtin = if self.release < MAPS_FIRST { before.clone() } else { FxHashMap::default() };
        let object = self.object.iter().flatten().copied().collect();
        let mut layers = vec![Layer::Keys(before), Layer::Keys(object), Layer::Builtin(builtin)];
        for pending in std::mem::take(&mut self.pending) {
            layers.insert(1, Layer::Keys(pending.into_iter().collect()));
        }
        Ok((style, layers))
    }

    /// `detect_settings`. Arguments of `Celery()` are not counted, and neither is their setting elsewhere.
    fn detect(&self) -> Result<Style, Mixed> {
        if self.namespace.is_some() {
            return Ok(Style::New);
        }
        let source = self.object.as_ref().unwrap_or(&self.before);
        let have: Pairs<'a> = source.iter().filter(|(key, _)| !self.arguments.contains(key)).copied().collect();
        let of = |kind: fn(&str, Minor) -> Option<&'static str>| {
            have.iter().filter_map(move |(key, at)| kind(key, self.release).map(|to| (*key, to, *at)))
        };
        // A key with an old name is a new one, and the other way round.
        let (new, old): (Vec<_>, Vec<_>) = (of(keys::to_old).collect(), of(keys::to_new).collect());
        let (style, other) = if old.len() > new.len() { (Style::Old, new) } else { (Style::New, old) };
        let absent = |to: &str| !have.iter().any(|(key, _)| *key == to);
        let mut renames: Vec<Rename> = other
            .into_iter()
            .filter(|(_, to, _)| absent(to))
            .map(|(key, to, at)| Rename { written: key.to_owned(), to, given: at })
            .collect();
        renames.sort_by(|a, b| a.written.cmp(&b.written));
        if renames.is_empty() { Ok(style) } else { Err(Mixed { style, renames }) }
    }
}

impl<'a> Configuration<'a> {
    /// The style that Celery settled for; always `New` under a namespace.
    pub fn style(&self) -> Style {
        self.style
    }

    /// What `app.conf.<setting>` gives: environment variables and the settings that it falls back to included. Any name
    /// can be asked for, also that of a setting which Celery does not know.
    pub fn lookup(&self, setting: &str) -> Found {
        let Some(chain) = keys::chain(setting) else { return self.get(setting) };
        if let Some(at) = chain.variable(self.release).and_then(|variable| self.variable(variable)) {
            return Found::Given(at);
        }
        let found = self.first(chain.names(self.release));
        let read_through = matches!(setting, "broker_read_url" | "broker_write_url");
        if read_through && !self.has_value(found) { self.lookup("broker_url") } else { found }
    }

    /// The key whose value stands where this one's was put: itself, or the last of those that overwrote it.
    pub(super) fn last_written(&self, at: usize) -> usize {
        // A key is overwritten by a later one, save for an argument of `Celery()`, so that the walk ends; it is bounded all the same.
        let next = |at: &usize| self.overwritten.get(at).copied();
        std::iter::successors(Some(at), next).take(self.given.len() + 1).last().unwrap_or(at)
    }

    fn variable(&self, name: &str) -> Option<usize> {
        self.given.iter().position(|given| *given == Given::Environment(name))
    }

    /// The first that is not `None`. A given `None` counts only if nothing else is there.
    fn first(&self, names: impl Iterator<Item = &'static str>) -> Found {
        let mut none = None;
        for found in names.map(|name| self.get(name)) {
            if self.has_value(found) {
                return found;
            }
            none = none.or(matches!(found, Found::Given(_)).then_some(found));
        }
        none.unwrap_or(Found::Default)
    }

    fn has_value(&self, found: Found) -> bool {
        matches!(found, Found::Given(at) if self.key(at).is_some_and(|key| !key.none))
    }

    /// The key at a place of the list. None for a marker.
    pub(super) fn key(&self, at: usize) -> Option<Key<'a>> {
        match self.given.get(at)? {
            Given::Argument(key) | Given::Change(key) | Given::Key(key) => Some(*key),
            Given::Environment(name) => Some(Key::from(*name)),
            Given::Object { .. } | Given::Defaults | Given::Read => None,
        }
    }

    /// `ConfigurationView.__getitem__`
    fn get(&self, name: &str) -> Found {
        self.trail(name).into_iter().next().unwrap_or(Found::Missing)
    }

    /// Everything that the lookup of a name passes, the winner first.
    pub(super) fn trail(&self, name: &str) -> Vec<Found> {
        let keys = keys::lookup_keys(name, self.prefix.as_deref(), self.release);
        if self.release >= MAPS_FIRST {
            let layers = self.layers.iter();
            layers.flat_map(|layer| keys.iter().filter_map(|key| self.find(layer, key))).collect()
        } else {
            keys.iter().flat_map(|key| self.layers.iter().filter_map(|layer| self.find(layer, key))).collect()
        }
    }

    fn find(&self, layer: &Layer<'a>, key: &str) -> Option<Found> {
        match layer {
            Layer::Keys(map) => map.get(key).map(|at| Found::Given(*at)),
            Layer::Builtin(before) => before.get(key).map(|at| Found::Given(*at)).or_else(|| {
                let declared = match self.style {
                    Style::New => keys::by_new_name(key, self.release),
                    Style::Old => keys::by_old_name(key, self.release),
                };
                declared.map(|_| Found::Default)
            }),
        }
    }
}
