package training

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/dataset"
)

const (
	// farSDs is how many robust SDs from the median a value counts as an outlier. The features of
	// the study's 43,721 training rows stay within 25.
	farSDs = 50
	// outliersShare is the share of a column's variance that outliers may bear: beyond it the
	// scale by which the column is standardised is theirs.
	outliersShare = 0.5
	// rowsPerColumn is how many training rows per column a posterior takes at the least.
	rowsPerColumn = 10
)

// check refuses pairs on which a training would be meaningless and returns warnings about those
// that may be meant. Errors name the file, the row and the column. Parameters that rounding moved
// out of their box are put on its edge.
func check(set *dataset.Set, e *sbi.Estimator, roles []int,
	outliersAllowed bool) ([]string, error) {
	if set.N == 0 {
		return nil, fmt.Errorf("%s: no row", set.Path)
	}
	if err := inBox(set, e.Config.Theta); err != nil {
		return nil, err
	}
	var gradient []int
	validation := 0
	for i, r := range roles {
		switch r {
		case sbi.RoleGradient:
			gradient = append(gradient, i)
		case sbi.RoleValidation:
			validation++
		}
	}
	warnings, err := enoughRows(set, len(gradient), validation, len(e.Config.Theta), len(e.Config.X))
	if err != nil {
		return nil, err
	}
	for k, p := range e.Config.Theta {
		c := column{set.Theta, len(e.Config.Theta), k, dataset.ThetaPrefix + p.Name}
		if err := c.varies(set, gradient); err != nil {
			return nil, err
		}
	}
	for k, name := range e.Config.X {
		c := column{set.X, len(e.Config.X), k, dataset.XPrefix + name}
		if name != feature.LogUnits && name != feature.LogCounts { // the fit says what to do of those
			if err := c.varies(set, gradient); err != nil {
				return nil, err
			}
		}
		warning, err := c.outliers(set, outliersAllowed)
		if err != nil {
			return nil, err
		}
		if warning != "" {
			warnings = append(warnings, warning)
		}
	}
	if warning := repeated(set, roles, len(e.Config.Theta), len(e.Config.X)); warning != "" {
		warnings = append(warnings, warning)
	}
	return warnings, nil
}

// inBox refuses parameters outside the box of the prior.
func inBox(set *dataset.Set, theta []feature.Parameter) error {
	first, name, rows := -1, 0, 0
	for i := range set.N {
		if k := set.Outside(i, len(theta)); k >= 0 {
			if rows == 0 {
				first, name = i, k
			}
			rows++
		}
	}
	if rows == 0 {
		return nil
	}
	p := theta[name]
	return fmt.Errorf("%s: %s%s is %v, outside 0 to 1%s. Such a column holds (value - low) / "+
		"(high - low) of the parameter's prior (here %g to %g), and no posterior reaches beyond the "+
		"prior: "+
		"scale the column by a prior that covers every row (prior in inference.yaml), or leave these "+
		"rows out", set.Where(first), dataset.ThetaPrefix, p.Name, set.Theta[first*len(theta)+name],
		further(rows-1), p.Low, p.High)
}

// further says in how many more rows a parameter lies outside.
func further(rows int) string {
	if rows == 0 {
		return ""
	}
	return fmt.Sprintf(" (so are parameters of %d further rows)", rows)
}

// enoughRows refuses too few rows and warns of few.
func enoughRows(set *dataset.Set, gradient, validation, d, c int) ([]string, error) {
	need := max(minRows, c+2)
	if gradient < need || validation < minRows {
		return nil, fmt.Errorf("%s: %d rows to train and %d to validate are too few. At least %d "+
			"to train "+
			"are needed (%d, and two more than the %d features, by whose covariance observations are "+
			"judged), and %d to validate (their mean loss decides when to stop). A usable estimator takes "+
			"thousands: simulate more", set.Path, gradient, validation, need, minRows, c, minRows)
	}
	if wanted := rowsPerColumn * (d + c); gradient < wanted {
		return []string{fmt.Sprintf("%s: %d rows to train are few for %d parameters and %d features "+
			"(fewer than %d): posteriors may be too wide or too sure of themselves. Judge the estimator by "+
			"renshaw evaluate, or simulate more", set.Path, gradient, d, c, wanted)}, nil
	}
	return nil, nil
}

// column is one column of parameters or features: number at of every row of width numbers.
type column struct {
	data      []float64
	width, at int
	name      string
}

func (c column) value(row int) float64 { return c.data[row*c.width+c.at] }

// varies refuses a column that is the same in all rows that train.
func (c column) varies(set *dataset.Set, gradient []int) error {
	first := c.value(gradient[0])
	for _, i := range gradient {
		if c.value(i) != first {
			return nil
		}
	}
	return fmt.Errorf("%s: %s is %v in every row to train: nothing can be learned of it. Leave the "+
		"column out, or simulate more widely", set.Path, c.name, first)
}

// outliers looks for values more than farSDs robust SDs from the median. Where they bear more than
// outliersShare of the variance they are refused, unless they are allowed; others are a warning.
func (c column) outliers(set *dataset.Set, allowed bool) (string, error) {
	values := make([]float64, set.N)
	mean := 0.0
	for i := range values {
		values[i] = c.value(i)
		mean += values[i] / float64(set.N)
	}
	middle, sd := robust(values)
	if sd == 0 {
		return fmt.Sprintf("%s: %s is %v in more than 99 %% of the rows: is that meant?", set.Path,
			c.name, middle), nil
	}
	worst, far, theirs, all := 0, 0, 0.0, 0.0
	for i, v := range values {
		all += (v - mean) * (v - mean)
		if math.Abs(v-middle) > math.Abs(values[worst]-middle) {
			worst = i
		}
		if math.Abs(v-middle) > farSDs*sd {
			far++
			theirs += (v - mean) * (v - mean)
		}
	}
	if far == 0 {
		return "", nil
	}
	text := fmt.Sprintf("%s: %s is %g, %.3g robust SDs from the median (%.4g; a robust SD, 1.4826 "+
		"median "+
		"absolute deviations, is %.3g)%s", set.Where(worst), c.name, values[worst],
		math.Abs(values[worst]-middle)/sd, middle, sd, moreThan(far-1))
	if theirs <= outliersShare*all || allowed {
		return text + ": is that meant?", nil
	}
	return "", fmt.Errorf("%s. Such values make up %.3g %% of the column's variance, so that all "+
		"others "+
		"look alike to the network. Correct them or leave their rows out, take the logarithm of a "+
		"long-tailed feature, or give --allow-outliers", text, 100*theirs/all)
}

// moreThan says how many more values are outliers.
func moreThan(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; %d further values are more than %d away", n, farSDs)
}

// robust is the median and an SD that a few wild values do not move: 1.4826 times the median
// absolute deviation. Where more than half of the values are the same it is that of a normal
// distribution with the same range from the 5th to the 95th, or else from the 0.5th to the 99.5th
// percentile; 0 if that is none either.
func robust(values []float64) (median, sd float64) {
	v := slices.Clone(values)
	slices.Sort(v)
	at := func(share float64) float64 { return v[int(math.Round(share*float64(len(v)-1)))] }
	median = at(0.5)
	low, high := at(0.05), at(0.95)
	widest := at(0.995) - at(0.005)
	for i, x := range values {
		v[i] = math.Abs(x - median)
	}
	slices.Sort(v)
	switch mad := at(0.5); {
	case mad > 0:
		return median, 1.4826 * mad
	case high > low:
		return median, (high - low) / 3.2897
	}
	return median, widest / 5.1517
}

// repeated warns of a row that trains and is also there in another role; "" if there is none.
func repeated(set *dataset.Set, roles []int, d, c int) string {
	seen := make(map[string]int, set.N)
	var row []byte
	n, first, again := 0, 0, 0
	for i := range set.N {
		row = row[:0]
		for _, v := range set.Theta[i*d : (i+1)*d] {
			row = binary.LittleEndian.AppendUint64(row, math.Float64bits(v))
		}
		for _, v := range set.X[i*c : (i+1)*c] {
			row = binary.LittleEndian.AppendUint64(row, math.Float64bits(v))
		}
		j, ok := seen[string(row)]
		if !ok {
			seen[string(row)] = i
			continue
		}
		if roles[i] != roles[j] {
			if n == 0 {
				first, again = j, i
			}
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%s: is the same as %s, which has another role (train, validate or held "+
		"out); so "+
		"are %d rows in all. What is learned by heart then looks like accuracy: leave repeated rows out",
		set.Where(again), set.Short(first), n)
}
