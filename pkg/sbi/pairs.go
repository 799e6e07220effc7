package sbi

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"example.org/renshaw/pkg/file/config"
	"example.org/renshaw/pkg/file/table"
)

// Prefixes of the columns of a pairs table.
const (
	thetaPrefix = "theta_unit_"
	xPrefix     = "x_"
)

// Pairs are rows of parameters in unit-box coordinates and of features.
type Pairs struct {
	N     int
	Theta []float64 // N x D, row after row
	X     []float64 // N x C
}

// add appends the rows of others.
func (p *Pairs) add(others *Pairs) {
	p.Theta, p.X, p.N = append(p.Theta, others.Theta...), append(p.X, others.X...), p.N+others.N
}

// ReadPairs takes the columns theta_unit_<parameter> and x_<feature> of a table in the
// estimator's order of names. Numbers of up to 9 digits are taken for printed float32
// numbers. A missing column (with the nearest name), a missing or infinite value are
// errors that name column and row.
func (e *Estimator) ReadPairs(path string) (*Pairs, error) {
	t, err := table.Read(path)
	if err != nil {
		return nil, err
	}
	return e.pairsOf(t, path)
}

func (e *Estimator) pairsOf(t *table.Table, path string) (p *Pairs, err error) {
	p = &Pairs{N: len(t.Rows)}
	names := make([]string, len(e.Config.Theta))
	for i, q := range e.Config.Theta {
		names[i] = q.Name
	}
	if p.Theta, err = numbers(t, path, thetaPrefix, names); err != nil {
		return nil, err
	}
	p.X, err = numbers(t, path, xPrefix, e.Config.X)
	return p, err
}

// IsPairs reports whether a table is one of pairs.
func IsPairs(t *table.Table) bool {
	return slices.ContainsFunc(t.Columns, func(c string) bool { return strings.HasPrefix(c, thetaPrefix) })
}

// PairsSet reads a pairs table for training: every column theta_unit_<parameter> and
// x_<feature>, and role if there is one. Parameters that the prior of the spec names get
// its limits, others 0 to 1.
func (s *Spec) PairsSet(t *table.Table, path string) (set *Set, prior []Parameter, x []string, roles []int, err error) {
	for _, c := range t.Columns {
		if name, ok := strings.CutPrefix(c, thetaPrefix); ok {
			p := Parameter{Name: name, High: 1}
			if i := slices.IndexFunc(s.Prior, func(q Parameter) bool { return q.Name == name }); i >= 0 {
				p = s.Prior[i]
			}
			prior = append(prior, p)
		} else if name, ok := strings.CutPrefix(c, xPrefix); ok {
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
	set = &Set{Dropped: Dropped{}}
	set.N = len(t.Rows)
	if set.Theta, err = numbers(t, path, thetaPrefix, names); err != nil {
		return nil, nil, nil, nil, err
	}
	if set.X, err = numbers(t, path, xPrefix, x); err != nil {
		return nil, nil, nil, nil, err
	}
	if set.Groups, roles, err = rolesOf(t, path); err != nil {
		return nil, nil, nil, nil, err
	}
	return set, prior, x, roles, nil
}

// rolesOf names the rows of a pairs table by their number and reads their roles; nil if the
// table does not tell.
func rolesOf(t *table.Table, path string) (groups []string, roles []int, err error) {
	role := t.Col("role")
	for r, row := range t.Rows {
		groups = append(groups, strconv.Itoa(r))
		if role < 0 {
			continue
		}
		v, err := strconv.Atoi(row[role])
		if err != nil || v < RoleGradient || v > RoleHeldOut {
			return nil, nil, fmt.Errorf("%s: line %d: role: %q; 0 (gradient), 1 (validation) or 2 (held out) is expected", path, r+2, row[role])
		}
		roles = append(roles, v)
	}
	return groups, roles, nil
}

// pairsTable is the pairs table of what an estimator was trained on, with its roles.
func (e *Estimator) pairsTable(set *Set) *table.Table {
	t := &table.Table{Columns: []string{"group", "role"}}
	for _, p := range e.Config.Theta {
		t.Columns = append(t.Columns, thetaPrefix+p.Name)
	}
	for _, x := range e.Config.X {
		t.Columns = append(t.Columns, xPrefix+x)
	}
	d, c := len(e.Config.Theta), len(e.Config.X)
	for i, group := range set.Groups {
		row := []string{group, strconv.Itoa(e.Config.Roles[i])}
		row = append(row, texts(set.Theta[i*d:(i+1)*d])...)
		t.Add(append(row, texts(set.X[i*c:(i+1)*c])...)...)
	}
	return t
}

func numbers(t *table.Table, path, prefix string, names []string) ([]float64, error) {
	at := make([]int, len(names))
	for i, n := range names {
		if at[i] = t.Col(prefix + n); at[i] < 0 {
			return nil, fmt.Errorf("%s: column %q is missing; the nearest is %q", path, prefix+n, config.Nearest(prefix+n, t.Columns))
		}
	}
	out := make([]float64, 0, len(names)*len(t.Rows))
	for r, row := range t.Rows {
		for i, c := range at {
			v, err := parseNumber(row[c])
			if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("%s: line %d: %s%s: %q; a finite number is expected", path, r+2, prefix, names[i], row[c])
			}
			out = append(out, v)
		}
	}
	return out, nil
}

// parseNumber reads a number; one of up to 9 significant digits as float32, which is what
// such tables hold.
func parseNumber(s string) (float64, error) {
	mantissa, _, _ := strings.Cut(strings.ToLower(strings.TrimLeft(s, "+-")), "e")
	if len(strings.TrimLeft(strings.Replace(mantissa, ".", "", 1), "0")) <= 9 {
		v, err := strconv.ParseFloat(s, 32)
		return v, err
	}
	return strconv.ParseFloat(s, 64)
}

// LogProb is log q(theta|x) of every row, in unit-box coordinates. Outside the box it is finite
// too, the density being neither truncated nor corrected for what lies there; of a bounded flow
// it is -Inf there.
func (e *Estimator) LogProb(p *Pairs) ([]float64, error) {
	return logProb(e.Flow, p.Theta, p.X)
}
