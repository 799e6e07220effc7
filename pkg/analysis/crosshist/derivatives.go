package crosshist

import "sort"

// fitTerms are the residuals of a stage and their derivatives, one column per parameter, as its
// last evaluation made them.
type fitTerms struct {
	columns [][]float64
	shape   []float64 // of the baseline: R(x) + R(-x) - 1
	table   fitTable
}

func newFitTerms(bins int) (baseline, hat, trapezoid *fitTerms) {
	terms := func(parameters int) *fitTerms {
		t := &fitTerms{table: newFitTable()}
		for range parameters {
			t.columns = append(t.columns, make([]float64, bins))
		}
		return t
	}
	baseline, hat, trapezoid = terms(nBaseline), terms(nHat), terms(4)
	baseline.shape = baseline.columns[bA]
	fill(baseline.columns[bC], 1)
	return baseline, hat, trapezoid
}

func fill(x []float64, v float64) {
	for k := range x {
		x[k] = v
	}
}

// leastS is a width below which the bell is 0 at every lag but its own centre; formulas divide by
// its cube.
const leastS = 1e-6

// baseline writes the residuals B(x) + more - y of parameters p. Of each Richards curve only the
// part is computed in which it differs from 1: x ascends, so that this is the beginning for
// z = x and the end for z = -x.
func (t *fitTerms) baseline(p, x, more, y, r []float64) {
	const negligible = -37 // e^-37 is below the rounding of 1
	for _, i := range [3]int{ba, bNu, bU} {
		clear(t.columns[i])
	}
	fill(t.shape, 1)
	t.table.setBaseline(p)
	counts := func(z float64) bool { return -p[ba]*(z-p[bU]) >= negligible }
	to := sort.Search(len(x), func(k int) bool { return !counts(x[k]) })
	t.addRichards(x, 1, 0, to)
	from := sort.Search(len(x), func(k int) bool { return counts(-x[k]) })
	t.addRichards(x, -1, from, len(x))
	lineResidual(r, t.shape, more, y, p[bA], p[bC])
}

func (t *fitTerms) addRichards(x []float64, sign float64, from, to int) {
	t.table.set(&t.table.sign, sign)
	c := t.columns
	richardsColumns(t.shape[from:to], c[ba][from:to], c[bNu][from:to], c[bU][from:to], x[from:to],
		&t.table)
}

// hat writes the residuals base + H(x) - y of parameters p.
func (t *fitTerms) hat(p, x, base, y, r []float64) {
	t.table.setHat(p)
	hatColumns(t.columns, x, base, y, r, &t.table)
}

// trapezoid writes the residuals of the trapezoid with corners c; see the function of that name.
func (t *fitTerms) trapezoid(c, x, y, r []float64) {
	trapezoid(c, x, r)
	for k := range r {
		r[k] -= y[k]
	}
	for i := 0; i < 4; i += 2 { // the flank that rises, and the one that falls
		low, high := c[i], c[i+1]
		slope := 1 / ((high - low) * (high - low))
		if i > 0 {
			slope = -slope
		}
		first, second := t.columns[i], t.columns[i+1]
		clear(first)
		clear(second)
		for k := sort.SearchFloat64s(x, low); k < len(x) && x[k] < high; k++ {
			first[k], second[k] = (x[k]-high)*slope, (low-x[k])*slope
		}
	}
}
