package stats

import (
	"cmp"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// Grid are n equally spaced values from low to high.
func Grid(low, high float64, n int) []float64 { return floats.Span(make([]float64, n), low, high) }

// Density1D is the Gaussian kernel density of values on a grid, h the SD of the kernel:
// f(g) = 1/(n h √(2π)) Σ exp(-((g-x)/h)²/2). NaN values are skipped. It is NaN everywhere
// without values, and an error if h is not above 0: all values are equal.
func Density1D(v []float64, h float64, grid []float64) ([]float64, error) {
	v = Present(v)
	if !(h > 0) || math.IsInf(h, 0) {
		return nil, fmt.Errorf("density of %d values with kernel SD %g: all values are equal, or none "+
			"is there", len(v), h)
	}
	slices.Sort(v)
	out := make([]float64, len(grid))
	scale := 1 / (float64(len(v)) * h * math.Sqrt(2*math.Pi))
	// SDs beyond which a float64 has no terms, and beyond which terms do not show in a sum that is
	// not small: the same numbers either way.
	const far, near, small = 39, 13, 1e-6
	for i, g := range grid {
		sum := kernelSum(v, g, h, near)
		if sum < small {
			sum = kernelSum(v, g, h, far)
		}
		out[i] = scale * sum
	}
	return out, nil
}

// kernelSum is Σ exp(-((g-x)/h)²/2) over the sorted values v from reach SDs below g on; beyond g it
// ends where terms no longer change it.
func kernelSum(v []float64, g, h, reach float64) float64 {
	from, _ := slices.BinarySearch(v, g-reach*h)
	sum := 0.0
	for _, x := range v[from:] {
		z := (g - x) / h
		if z < -reach {
			break
		}
		next := sum + math.Exp(-0.5*z*z)
		if next == sum && z < 0 {
			break
		}
		sum = next
	}
	return sum
}

// ScottDensity is Density1D with a kernel whose SD is n^(-1/5) that of the sample (Scott's
// rule); nil for fewer than three values or equal ones.
func ScottDensity(v, grid []float64) []float64 {
	if len(v) < 3 {
		return nil
	}
	d, err := Density1D(v, math.Pow(float64(len(v)), -0.2)*stat.StdDev(v, nil), grid)
	if err != nil {
		return nil
	}
	return d
}

// Kernel is the covariance of a two-dimensional Gaussian kernel.
type Kernel struct {
	XX, XY, YY float64 // variances XX and YY, covariance XY
}

// KernelOf is c² times the sample covariance (n-1) of the values.
func KernelOf(x, y []float64, c float64) Kernel {
	return Kernel{c * c * stat.Variance(x, nil), c * c * stat.Covariance(x, y, nil),
		c * c * stat.Variance(y, nil)}
}

// AxisKernel is the kernel without covariance, SD n^(-1/6) times that of the values in each
// direction (Scott's rule).
func AxisKernel(x, y []float64) Kernel {
	h := math.Pow(float64(len(x)), -1.0/6)
	sx, sy := h*stat.StdDev(x, nil), h*stat.StdDev(y, nil)
	return Kernel{sx * sx, 0, sy * sy}
}

// Surface are densities on a grid, Z[row of Y][column of X].
type Surface struct {
	X, Y []float64
	Z    [][]float64
}

// negligible is the squared Mahalanobis distance from which a kernel's term is left out: it
// would add less than 1e-13 of the peak of one kernel.
const negligible = 60

// Density2D is the density f(g) = 1/(2π n √det) Σ exp(-½ dᵀ kernel⁻¹ d) on a grid of equally
// spaced values; columns are computed in parallel. An error if the kernel is singular:
// values on a line.
func Density2D(x, y []float64, k Kernel, gridX, gridY []float64) (*Surface, error) {
	det := k.XX*k.YY - k.XY*k.XY
	if !(det > 1e-12*k.XX*k.YY) || !(k.XX > 0) || !(k.YY > 0) {
		return nil, fmt.Errorf("density of %d points: they lie on a line, or are too few", len(x))
	}
	type point struct{ x, y float64 }
	points := make([]point, len(x))
	for i := range x {
		points[i] = point{x[i], y[i]}
	}
	slices.SortFunc(points, func(a, b point) int { return cmp.Compare(a.x, b.x) })
	ixx, ixy, iyy := k.YY/det, -k.XY/det, k.XX/det
	scale := 1 / (2 * math.Pi * float64(len(x)) * math.Sqrt(det))
	reach := math.Sqrt(negligible * k.XX)
	if len(gridX) < 2 || len(gridY) < 2 {
		return nil, fmt.Errorf("density on a grid of %d x %d: at least 2 x 2 are needed", len(gridX),
			len(gridY))
	}
	s := &Surface{gridX, gridY, make([][]float64, len(gridY))}
	for j := range s.Z {
		s.Z[j] = make([]float64, len(gridX))
	}
	step := gridY[1] - gridY[0]
	// Along a column the exponent is a parabola, so neighbouring terms differ by a factor
	// that itself changes by a constant one.
	shrink := math.Exp(-iyy * step * step)
	column := func(i int, sums []float64) {
		clear(sums)
		gx := gridX[i]
		from, _ := slices.BinarySearchFunc(points, gx-reach,
			func(p point, t float64) int { return cmp.Compare(p.x, t) })
		for _, p := range points[from:] {
			dx := gx - p.x
			if dx < -reach {
				break
			}
			centre := p.y - ixy*dx/iyy // of the parabola
			least := dx * dx * (ixx - ixy*ixy/iyy)
			half := math.Sqrt(math.Max(0, (negligible-least)/iyy))
			first := max(0, int(math.Ceil((centre-half-gridY[0])/step)))
			last := min(len(sums)-1, int(math.Floor((centre+half-gridY[0])/step)))
			if first > last {
				continue
			}
			start := min(max(int(math.Round((centre-gridY[0])/step)), first), last)
			dy := gridY[start] - centre
			top := math.Exp(-0.5 * (least + iyy*dy*dy))
			sums[start] += top
			walk(sums[start+1:last+1], 1, top, math.Exp(-0.5*iyy*step*(step+2*dy)), shrink)
			walk(sums[first:start], -1, top, math.Exp(-0.5*iyy*step*(step-2*dy)), shrink)
		}
		for j, sum := range sums {
			s.Z[j][i] = scale * sum
		}
	}
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(runtime.GOMAXPROCS(0), len(gridX)) {
		wg.Go(func() {
			sums := make([]float64, len(gridY))
			for i := range next {
				column(i, sums)
			}
		})
	}
	for i := range gridX {
		next <- i
	}
	close(next)
	wg.Wait()
	return s, nil
}

// walk adds term·ratio, term·ratio·(ratio·shrink) … to neighbouring cells, upward or
// downward.
func walk(cells []float64, direction int, term, ratio, shrink float64) {
	if direction > 0 {
		for j := range cells {
			term *= ratio
			ratio *= shrink
			cells[j] += term
		}
		return
	}
	for j := len(cells) - 1; j >= 0; j-- {
		term *= ratio
		ratio *= shrink
		cells[j] += term
	}
}

// Extent is the smallest and largest density.
func (s *Surface) Extent() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, row := range s.Z {
		low, high = math.Min(low, slices.Min(row)), math.Max(high, slices.Max(row))
	}
	return low, high
}

// RangeLevels are the densities at fractions of the range from the smallest to the largest.
func (s *Surface) RangeLevels(fractions ...float64) []float64 {
	low, high := s.Extent()
	out := make([]float64, len(fractions))
	for i, f := range fractions {
		out[i] = low + f*(high-low)
	}
	return out
}

// MassLevels are the densities whose super-level sets hold the given probability masses, as
// summed over the grid from the densest cell on; the smallest density if the grid holds
// less.
func (s *Surface) MassLevels(masses ...float64) []float64 {
	cell := (s.X[1] - s.X[0]) * (s.Y[1] - s.Y[0])
	all := slices.Concat(s.Z...)
	slices.Sort(all)
	slices.Reverse(all)
	out := make([]float64, len(masses))
	for i, m := range masses {
		sum := 0.0
		out[i] = all[len(all)-1]
		for _, f := range all {
			if sum += f * cell; sum >= m {
				out[i] = f
				break
			}
		}
	}
	return out
}

// Mass is the probability on the grid.
func (s *Surface) Mass() float64 {
	sum := 0.0
	for _, row := range s.Z {
		sum += floats.Sum(row)
	}
	return sum * (s.X[1] - s.X[0]) * (s.Y[1] - s.Y[0])
}
