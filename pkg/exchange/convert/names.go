package convert

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"example.org/renshaw/pkg/exchange/spiketable"
	"example.org/renshaw/pkg/file/config"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/recording/process"
	"example.org/renshaw/pkg/run/profile"
)

// namer tells what the inputs are recordings of: by their names, and what the options say instead.
type namer struct {
	cfg    process.Config
	quirks profile.Quirks
	rows   []sessionRow // of the table of sessions
	path   string       // of the table of sessions
}

// sessionRow is what a table says of a file; "" and 0 leave what its name says.
type sessionRow struct {
	line                                           int
	file                                           string // with slashes
	recording, subject, group, session, run, trial string
	intensity                                      float64 // % of maximal voluntary contraction
	used                                           bool
}

// sessionColumns are the columns of a table of sessions.
const sessionColumns = "file, subject, muscle_group, intensity, session, run, trial, recording"

func newNamer(cfg process.Config, quirks profile.Quirks) (*namer, error) {
	n := &namer{cfg: cfg, quirks: quirks, path: cfg.Sessions}
	if n.path == "" {
		return n, nil
	}
	columns, rows, at, err := spiketable.Texts(n.path)
	if err != nil {
		return nil, err
	}
	if err := checkSessionColumns(n.path, columns); err != nil {
		return nil, err
	}
	for i, row := range rows {
		get := func(name string) string {
			if c := slices.Index(columns, name); c >= 0 {
				return row[c]
			}
			return ""
		}
		s := sessionRow{line: at[i], file: filepath.ToSlash(get("file")), recording: get("recording"),
			subject: get("subject"), group: get("muscle_group"), session: get("session"),
			run: get("run"), trial: get("trial")}
		if text := get("intensity"); text != "" {
			s.intensity, err = spiketable.Number(text)
			if err == nil {
				err = recording.CheckIntensity(s.intensity)
			}
			if err != nil {
				return nil, fmt.Errorf("%s: row %d: intensity %q; a number above 0 and at most 100 (%% MVC) "+
					"is expected", n.path, s.line, text)
			}
		}
		if strings.ContainsAny(s.recording, `/\`) {
			return nil, fmt.Errorf("%s: row %d: recording %q; a name without a folder is expected", n.path,
				s.line, s.recording)
		}
		for _, other := range n.rows {
			if s.file != "" && other.file == s.file {
				return nil, fmt.Errorf("%s: row %d: %q has a row already, %d; keep one, or name the folders",
					n.path, s.line, s.file, other.line)
			}
		}
		n.rows = append(n.rows, s)
	}
	return n, nil
}

// checkSessionColumns reports a table of sessions without the column file, or with a column whose
// name is nearly one of those that are read. Other columns are the user's own.
func checkSessionColumns(path string, columns []string) error {
	known := strings.Split(sessionColumns, ", ")
	if !slices.Contains(columns, "file") {
		return fmt.Errorf("%s: column file is missing; expected: %s", path, sessionColumns)
	}
	for i, c := range columns {
		if slices.Contains(columns[:i], c) && slices.Contains(known, c) {
			return fmt.Errorf("%s: column %s is there twice; remove one", path, c)
		}
		near := config.Nearest(c, known)
		if !slices.Contains(known, c) && alike(c, near) {
			return fmt.Errorf("%s: column %q is not read; rename it to %s if it is meant so (read: %s)",
				path,
				c, near, sessionColumns)
		}
	}
	return nil
}

// alike reports whether a name is another one misspelt: they begin alike and differ in length by
// two letters at most.
func alike(name, known string) bool {
	return len(name) > 2 && name[:3] == known[:3] &&
		max(len(name)-len(known), len(known)-len(name)) <= 2
}

// row finds what the table says of a file: by its path, or by its name alone.
func (n *namer) row(path string) *sessionRow {
	slashed := "/" + filepath.ToSlash(path)
	best := -1
	for i, r := range n.rows {
		if r.file != "" && strings.HasSuffix(slashed, "/"+strings.TrimPrefix(r.file, "/")) &&
			(best < 0 || len(r.file) > len(n.rows[best].file)) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	n.rows[best].used = true
	return &n.rows[best]
}

// unused lists rows of the table that no input needed.
func (n *namer) unused() []string {
	var out []string
	for _, r := range n.rows {
		if !r.used {
			out = append(out, fmt.Sprintf("%s: row %d: %q is not among the inputs", n.path, r.line, r.file))
		}
	}
	return out
}

// name is what is known of an input. What its name leaves open and no option answers is a warning,
// or an error where the recording cannot be used without it.
func (n *namer) name(path string) (name recording.Name, warnings []string, err error) {
	var doubts []recording.Doubt
	if n.quirks.FirstNumberIsIntensity {
		name = recording.StudyName(path).With("", n.cfg.IntensityMVC)
	} else {
		groups := n.cfg.MuscleMap.Groups()
		name, doubts = recording.Understand(path, groups)
		name = name.With(n.cfg.Muscles, n.cfg.IntensityMVC)
	}
	answered := []string{}
	if n.cfg.IntensityMVC != 0 {
		answered = append(answered, recording.Intensity)
	}
	if o := n.row(path); o != nil {
		for _, f := range []struct {
			to   *string
			text string
		}{{&name.Recording, o.recording}, {&name.Subject, o.subject}, {&name.Session, o.session},
			{&name.Run, o.run}, {&name.Trial, o.trial}} {
			if f.text != "" {
				*f.to = f.text
			}
		}
		name = name.With(o.group, o.intensity)
		if o.intensity != 0 {
			answered = append(answered, recording.Intensity)
		}
		if o.subject != "" {
			answered = append(answered, recording.Subject)
		}
	}
	for _, d := range doubts {
		switch {
		case slices.Contains(answered, d.About):
		case d.Fatal && err == nil:
			err = fmt.Errorf("%s: %s", path, d.Text)
		default:
			warnings = append(warnings, "name: "+d.Text)
		}
	}
	return name, warnings, err
}
