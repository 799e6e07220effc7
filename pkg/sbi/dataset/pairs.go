package dataset

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/config"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/sbi"
)

// Prefixes of the columns of a pairs table.
const (
	ThetaPrefix = "theta_unit_"
	XPrefix     = "x_"
)

// ReadPairs takes the columns theta_unit_<parameter> and x_<feature> of a table in the
// estimator's order of names. A missing column (with the nearest name), a missing or infinite value
// are errors that name column and row.
func ReadPairs(e *sbi.Estimator, path string) (*sbi.Pairs, error) {
	t, err := table.Read(path)
	if err != nil {
		return nil, err
	}
	return PairsOf(e, t, path)
}

// PairsOf is ReadPairs of a table at hand; path is named in errors.
func PairsOf(e *sbi.Estimator, t *table.Table, path string) (p *sbi.Pairs, err error) {
	p = &sbi.Pairs{N: len(t.Rows)}
	names := make([]string, len(e.Config.Theta))
	for i, q := range e.Config.Theta {
		names[i] = q.Name
	}
	if p.Theta, err = Numbers(t, path, ThetaPrefix, names); err != nil {
		return nil, err
	}
	p.X, err = Numbers(t, path, XPrefix, e.Config.X)
	return p, err
}

// IsPairs reports whether a table is one of pairs.
func IsPairs(t *table.Table) bool {
	return slices.ContainsFunc(t.Columns,
		func(c string) bool { return strings.HasPrefix(c, ThetaPrefix) })
}

// PairsSet reads a pairs table for training: every column theta_unit_<parameter> and
// x_<feature>, and role if there is one. Parameters that the prior of the spec names get
// its limits, others 0 to 1.
func PairsSet(s *sbi.Spec, t *table.Table,
	path string) (set *Set, prior []feature.Parameter, x []string, roles []int, err error) {
	for _, c := range t.Columns {
		if name, ok := strings.CutPrefix(c, ThetaPrefix); ok {
			p := feature.Parameter{Name: name, High: 1}
			if i := slices.IndexFunc(s.Prior,
				func(q feature.Parameter) bool { return q.Name == name }); i >= 0 {
				p = s.Prior[i]
			}
			prior = append(prior, p)
		} else if name, ok := strings.CutPrefix(c, XPrefix); ok {
			x = append(x, name)
		}
	}
	if len(x) == 0 {
		return nil, nil, nil, nil, fmt.Errorf("%s: no column x_<feature>", path)
	}
	names := make([]string, len(prior))
	for i, p := range prior {
		names[i] = p.Name
	}
	set = &Set{Dropped: sbi.Dropped{}, Path: path}
	set.N = len(t.Rows)
	if set.Theta, err = Numbers(t, path, ThetaPrefix, names); err != nil {
		return nil, nil, nil, nil, err
	}
	if set.X, err = Numbers(t, path, XPrefix, x); err != nil {
		return nil, nil, nil, nil, err
	}
	if set.Groups, roles, err = RolesOf(t, path); err != nil {
		return nil, nil, nil, nil, err
	}
	return set, prior, x, roles, nil
}

// RolesOf names the rows of a pairs table by their number and reads their roles; nil if the
// table does not tell.
func RolesOf(t *table.Table, path string) (groups []string, roles []int, err error) {
	role := t.Col("role")
	for r, row := range t.Rows {
		groups = append(groups, strconv.Itoa(r))
		if role < 0 {
			continue
		}
		v, err := strconv.Atoi(row[role])
		if err != nil || v < sbi.RoleGradient || v > sbi.RoleHeldOut {
			return nil, nil, fmt.Errorf("%s: line %d: role: %q; 0 (gradient), 1 (validation) or 2 (held "+
				"out) is expected", path, r+2, row[role])
		}
		roles = append(roles, v)
	}
	return groups, roles, nil
}

// PairsTable is the pairs table of what an estimator was trained on, with its roles.
func PairsTable(e *sbi.Estimator, set *Set) *table.Table {
	t := &table.Table{Columns: []string{"group", "role"}}
	for _, p := range e.Config.Theta {
		t.Columns = append(t.Columns, ThetaPrefix+p.Name)
	}
	for _, x := range e.Config.X {
		t.Columns = append(t.Columns, XPrefix+x)
	}
	d, c := len(e.Config.Theta), len(e.Config.X)
	for i, group := range set.Groups {
		row := []string{group, strconv.Itoa(e.Config.Roles[i])}
		row = append(row, table.Floats(set.Theta[i*d:(i+1)*d])...)
		t.Add(append(row, table.Floats(set.X[i*c:(i+1)*c])...)...)
	}
	return t
}

// Numbers takes the columns prefix+name of a table, row after row: len(names) numbers each. A
// missing column, which is told with the nearest name, or a cell that is no finite number is an
// error that names path and line.
func Numbers(t *table.Table, path, prefix string, names []string) ([]float64, error) {
	at := make([]int, len(names))
	for i, n := range names {
		if at[i] = t.Col(prefix + n); at[i] < 0 {
			return nil, fmt.Errorf("%s: column %q is missing; the nearest is %q", path, prefix+n,
				config.Nearest(prefix+n, t.Columns))
		}
	}
	out := make([]float64, 0, len(names)*len(t.Rows))
	for r, row := range t.Rows {
		for i, c := range at {
			v, err := table.ParseFloat(row[c])
			if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("%s: line %d: %s%s: %q; a finite number is expected", path, r+2, prefix,
					names[i], row[c])
			}
			out = append(out, v)
		}
	}
	return out, nil
}
