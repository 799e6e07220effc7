package training

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/dataset"
)

// earlierPairs are the pairs of an estimator that another one is to extend: simulations
// whose tables need not be there any more.
type earlierPairs struct {
	of     *sbi.Estimator
	pairs  *sbi.Pairs
	groups []string
	roles  []int
}

// extendedPrefix marks the groups that came from the estimator that is extended: their
// simulations may have the names of new ones.
const extendedPrefix = "extended:"

// earlier reads the estimator that is to be extended; nil if dir is "". One whose pairs
// were made otherwise than s says is an error that names the setting.
func earlier(s *sbi.Spec, dir string) (*earlierPairs, error) {
	if dir == "" {
		return nil, nil
	}
	e, err := sbi.Load(dir)
	if err != nil {
		return nil, err
	}
	if e.Config.Spec == nil || s.Normalize && e.Config.FeatureScale == nil {
		return nil, fmt.Errorf("%s: was not trained on tables of simulations; it cannot be extended "+
			"by some", dir)
	}
	if setting := otherPairs(s, e.Config.Spec); setting != "" {
		return nil, fmt.Errorf("%s: its %s is not that of these settings; its simulations cannot be "+
			"used with new ones", dir, setting)
	}
	path := sbi.PairsPath(dir)
	t, err := table.Read(path)
	if err != nil {
		return nil, err
	}
	p := &earlierPairs{of: e}
	if p.pairs, err = dataset.PairsOf(e, t, path); err != nil {
		return nil, err
	}
	if _, p.roles, err = dataset.RolesOf(t, path); err != nil {
		return nil, err
	}
	at, err := t.Need(path, "group", "role")
	if err != nil {
		return nil, err
	}
	for _, row := range t.Rows {
		p.groups = append(p.groups, row[at[0]])
	}
	return p, nil
}

// otherPairs is the first setting that makes other pairs of a simulation than in o; "" if
// none does.
func otherPairs(s *sbi.Spec, o *sbi.Spec) string {
	for _, f := range []struct {
		key  string
		a, b any
	}{{"case", s.Case, o.Case}, {"perspective", s.Perspective, o.Perspective},
		{"direction", s.Direction, o.Direction}, {"area", s.Area, o.Area},
		{"filters: simulation", s.Filters.Simulation, o.Filters.Simulation}, {"prior", s.Prior, o.Prior},
		{"normalize", s.Normalize, o.Normalize},
		{"statistics", s.Statistics, o.Statistics}, {"count_features", s.CountFeatures, o.CountFeatures},
		{"profile", s.Profile, o.Profile}} {
		a, errA := json.Marshal(f.a)
		b, errB := json.Marshal(f.b)
		if errA != nil || errB != nil || string(a) != string(b) {
			return f.key
		}
	}
	return ""
}

// addTo adds the rows to a set and their roles to its roles, and tells e of the tables that
// they came from.
func (p *earlierPairs) addTo(set *dataset.Set, roles []int, e *sbi.Estimator) []int {
	for _, g := range p.groups {
		if !strings.HasPrefix(g, heldOutPrefix) && !strings.HasPrefix(g, extendedPrefix) {
			g = extendedPrefix + g
		}
		set.Groups = append(set.Groups, g)
	}
	set.Add(p.pairs)
	for reason, n := range p.of.Config.DroppedRow {
		set.Dropped[reason] += n
	}
	c := &p.of.Config
	e.Config.HeldOutTables = slices.Clone(c.HeldOutTables)
	e.Config.Extends = slices.Clone(c.Extends)
	for _, in := range job.ReadManifest(filepath.Join(p.of.Dir, sbi.ManifestName)).Inputs {
		if !slices.Contains(c.HeldOutTables, in.SHA256) {
			e.Config.Extends = append(e.Config.Extends, in.SHA256)
		}
	}
	return append(roles, p.roles...)
}
