package config

import "path/filepath"

// Lookup reads one environment variable, as os.LookupEnv does.
type Lookup func(name string) (string, bool)

// get is the variable's value, "" when absent.
func (l Lookup) get(name string) string {
	v, _ := l(name)
	return v
}

// dir is the variable's value when it is an absolute path, else "": the XDG
// base directory specification has relative ones ignored.
func (l Lookup) dir(name string) string {
	if v := l.get(name); filepath.IsAbs(v) {
		return v
	}
	return ""
}

// under joins base and names, or is "" where base is.
func under(base string, names ...string) string {
	if base == "" {
		return ""
	}
	return filepath.Join(append([]string{base}, names...)...)
}

// defaultFile is where goos has a program's settings; "" when the environment
// does not say where home is.
func defaultFile(goos string, env Lookup) string {
	switch goos {
	case "windows":
		return under(env.dir("AppData"), "sidestage", "config.toml")
	case "darwin", "ios":
		return under(env.dir("HOME"), "Library", "Application Support", "sidestage", "config.toml")
	}
	if base := env.dir("XDG_CONFIG_HOME"); base != "" {
		return under(base, "sidestage", "config.toml")
	}
	return under(env.dir("HOME"), ".config", "sidestage", "config.toml")
}

// defaultDataDir is where goos has a program's data; "" when the environment
// does not say where home is.
func defaultDataDir(goos string, env Lookup) string {
	switch goos {
	case "windows":
		return under(env.dir("LocalAppData"), "sidestage")
	case "darwin", "ios":
		return under(env.dir("HOME"), "Library", "Application Support", "sidestage")
	}
	if base := env.dir("XDG_DATA_HOME"); base != "" {
		return under(base, "sidestage")
	}
	return under(env.dir("HOME"), ".local", "share", "sidestage")
}
