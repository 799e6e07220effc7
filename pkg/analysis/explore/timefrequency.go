package explore

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/dsp/fourier"
	"gonum.org/v1/gonum/mat"

	"example.org/renshaw/pkg/num/signal"
)

// TimeFrequency are the amplitudes of a muscle's cumulative spike train by time and
// frequency, and their components.
type TimeFrequency struct {
	Muscle      string    // name
	Frequencies []float64 // Hz
	FsHz        float64   // samples per second of Amplitudes
	// per frequency, over time, from 3 s after the beginning to 3 s before the end; least value 0
	Amplitudes [][]float64
	Components []Components
}

// Components is a factorisation of the amplitudes into non-negative time courses (W, a row
// per sample) and spectra (H, a row per component); Explained is the share of the sum of
// squares.
type Components struct {
	N         int // number of components
	W, H      *mat.Dense
	Explained float64
}

// Constants of the analysis.
const (
	waveletBands    = 60 // 1 … 60 Hz
	waveletPoints   = 1024
	waveletHalf     = 8.0    // the wavelet lives on [-8, 8]
	waveletCentre   = 0.8125 // its frequency at scale 1
	amplitudeLowHz  = 0.5
	amplitudeHighHz = 1
	amplitudeEdgeS  = 3
	mostComponents  = 3
)

// Wavelet is the absolute value of the continuous wavelet transform of a signal with the
// real Morlet wavelet exp(-t²/2) cos 5t, at 1 … 60 Hz.
func Wavelet(x []float64, fsHz float64) [][]float64 {
	second := -waveletHalf + 2*waveletHalf/(waveletPoints-1)
	step := second + waveletHalf // as rounded as the grid is
	integral := make([]float64, waveletPoints)
	total := 0.0
	for i := range integral {
		t := -waveletHalf + float64(i)*step
		total += math.Exp(-t*t/2) * math.Cos(5*t)
		integral[i] = total * step
	}
	out := make([][]float64, waveletBands)
	parallel(waveletBands, func(b int) {
		out[b] = waveletBand(x, integral, step,
			waveletCentre*fsHz/float64(b+1))
	})
	return out
}

// waveletBand is one scale: the signal convolved with the stretched integral of the
// wavelet, its difference times -sqrt(scale), cut to the length of the signal.
func waveletBand(x, integral []float64, step, scale float64) []float64 {
	var kernel []float64
	for n := 0; float64(n) < 2*waveletHalf*scale+1; n++ {
		j := int(float64(n) / (scale * step))
		if j >= len(integral) {
			break
		}
		kernel = append(kernel, integral[j])
	}
	for i, j := 0, len(kernel)-1; i < j; i, j = i+1, j-1 {
		kernel[i], kernel[j] = kernel[j], kernel[i]
	}
	full := convolve(x, kernel)
	coefficients := make([]float64, len(full)-1)
	for i := range coefficients {
		coefficients[i] = math.Abs(math.Sqrt(scale) * (full[i+1] - full[i]))
	}
	extra := len(coefficients) - len(x)
	if extra < 0 { // a signal shorter than the wavelet
		return append(coefficients, make([]float64, -extra)...)
	}
	return coefficients[extra/2 : extra/2+len(x)]
}

// convolve is the full convolution, by FFT.
func convolve(x, kernel []float64) []float64 {
	n := len(x) + len(kernel) - 1
	size := 1
	for size < n {
		size *= 2
	}
	fft := fourier.NewFFT(size)
	a, b := make([]float64, size), make([]float64, size)
	copy(a, x)
	copy(b, kernel)
	fa, fb := fft.Coefficients(nil, a), fft.Coefficients(nil, b)
	for i := range fa {
		fa[i] *= fb[i]
	}
	y := fft.Sequence(nil, fa)
	for i := range y {
		y[i] /= float64(size)
	}
	return y[:n]
}

// TimeFrequencies analyses every muscle. A selection shorter than the edges and filters
// need is an error.
func (s *Selection) TimeFrequencies() ([]TimeFrequency, error) {
	var out []TimeFrequency
	for _, group := range s.groups(func(int) bool { return true }) {
		if len(group.Muscles) > 1 {
			continue
		}
		cst := s.CST(group.Units)
		mean := signal.Mean(cst)
		for i := range cst {
			cst[i] -= mean
		}
		t := TimeFrequency{Muscle: group.Muscles[0], FsHz: s.Recording.FsHz}
		for b := range waveletBands {
			t.Frequencies = append(t.Frequencies, float64(b+1))
		}
		if err := t.amplitudes(Wavelet(cst, s.Recording.FsHz)); err != nil {
			return nil, fmt.Errorf("%s: %w", t.Muscle, err)
		}
		x := mat.NewDense(len(t.Amplitudes[0]), waveletBands, nil)
		for b, v := range t.Amplitudes {
			x.SetCol(b, v)
		}
		for k := 1; k <= mostComponents; k++ {
			t.Components = append(t.Components, factorise(x, k, max(1, int(t.FsHz/factoriseHz))))
		}
		out = append(out, t)
	}
	return out, nil
}

// amplitudes smooths the absolute transform between 0.5 and 1 Hz, cuts 3 s at both ends and
// moves every band so that its least value is 0.
func (t *TimeFrequency) amplitudes(bands [][]float64) error {
	low, err := signal.NewButterworth(4, signal.LowPass, amplitudeHighHz, t.FsHz)
	if err != nil {
		return err
	}
	high, err := signal.NewButterworth(4, signal.HighPass, amplitudeLowHz, t.FsHz)
	if err != nil {
		return err
	}
	edge := int(amplitudeEdgeS * t.FsHz)
	for _, x := range bands {
		if len(x) <= 2*edge {
			return fmt.Errorf("the selected plateaus last %.1f s together; more than %g s are needed",
				float64(len(x))/t.FsHz, 2.0*amplitudeEdgeS)
		}
		y, err := low.ZeroPhase(x)
		if err == nil {
			y, err = high.ZeroPhase(y)
		}
		if err != nil {
			return err
		}
		y = y[edge : len(y)-edge]
		least := math.Inf(1)
		for _, v := range y {
			least = math.Min(least, v)
		}
		for i := range y {
			y[i] -= least
		}
		t.Amplitudes = append(t.Amplitudes, y)
	}
	return nil
}

// Rounds and tolerance of the factorisation.
const (
	nmfRounds    = 1000
	nmfTolerance = 1e-4
)

// factoriseHz is the rate at which amplitudes, which hold nothing above 1 Hz, are
// factorised.
const factoriseHz = 32

// factorise finds the spectra of k components from every step-th sample and then their time
// courses at all samples.
func factorise(x *mat.Dense, k, step int) Components {
	n, m := x.Dims()
	thin := mat.NewDense((n+step-1)/step, m, nil)
	for i := 0; i < n; i += step {
		thin.SetRow(i/step, x.RawRowView(i))
	}
	w, h := nmf(thin, k)
	all := mat.NewDense(n, k, nil)
	for i := range n {
		all.SetRow(i, w.RawRowView(i/step))
	}
	for range factoriseRounds {
		descend(x, all, h)
	}
	var rebuilt mat.Dense
	rebuilt.Mul(all, h.T())
	rebuilt.Sub(x, &rebuilt)
	left, total := mat.Norm(&rebuilt, 2), mat.Norm(x, 2)
	return Components{N: k, W: all, H: mat.DenseCopyOf(h.T()), Explained: 1 - left*left/(total*total)}
}

// factoriseRounds are the rounds in which time courses adapt to given spectra.
const factoriseRounds = 20

// nmf factorises a non-negative matrix by coordinate descent on the squared error (Cichocki
// and Phan 2009) into w (rows x k) and h (columns x k), from the non-negative parts of its
// singular vectors (Boutsidis and Gallopoulos 2008) with zeros filled by the mean.
func nmf(x *mat.Dense, k int) (w, h *mat.Dense) {
	w, h = nndsvda(x, k)
	var first float64
	for round := range nmfRounds {
		violation := descend(x, w, h) + descend(x.T(), h, w)
		if round == 0 {
			first = violation
		}
		if first == 0 || violation/first <= nmfTolerance {
			break
		}
	}
	return w, h
}

// descend updates w (rows x k) for fixed h (columns x k), coordinate by coordinate, and
// returns the sum of projected gradients.
func descend(x mat.Matrix, w, h *mat.Dense) float64 {
	var hh, xh mat.Dense
	hh.Mul(h.T(), h)
	xh.Mul(x, h)
	n, k := w.Dims()
	products, rows, gram := xh.RawMatrix().Data, w.RawMatrix().Data, hh.RawMatrix().Data
	violation := 0.0
	for c := range k {
		curvature := gram[c*k+c]
		if curvature == 0 {
			continue
		}
		for i := range n {
			row := rows[i*k : (i+1)*k]
			gradient := -products[i*k+c]
			for j, v := range row {
				gradient += gram[c*k+j] * v
			}
			if row[c] != 0 || gradient < 0 {
				violation += math.Abs(gradient)
			}
			row[c] = math.Max(row[c]-gradient/curvature, 0)
		}
	}
	return violation
}

// nndsvda is the start: w (rows x k) and h (columns x k).
func nndsvda(x *mat.Dense, k int) (w, h *mat.Dense) {
	n, m := x.Dims()
	var xx mat.SymDense
	xx.SymOuterK(1, x.T())
	var e mat.EigenSym
	e.Factorize(&xx, true)
	values := e.Values(nil)
	var vectors mat.Dense
	e.VectorsTo(&vectors)
	w, h = mat.NewDense(n, k, nil), mat.NewDense(m, k, nil)
	for j := range k {
		v := mat.NewVecDense(m, mat.Col(nil, m-1-j, &vectors))
		s := math.Sqrt(math.Max(values[m-1-j], 0))
		var u mat.VecDense
		u.MulVec(x, v)
		if s > 0 {
			u.ScaleVec(1/s, &u)
		}
		up, un := parts(u.RawVector().Data)
		vp, vn := parts(v.RawVector().Data)
		mp, mn := norm(up)*norm(vp), norm(un)*norm(vn)
		if j == 0 || mp >= mn {
			if j == 0 && mn > mp {
				up, vp = un, vn
			}
		} else {
			up, vp, mp = un, vn, mn
		}
		if j == 0 { // the leading vectors have one sign
			mp = norm(up) * norm(vp)
		}
		scale := math.Sqrt(s * mp)
		for i, a := range up {
			w.Set(i, j, scale*a/norm(up))
		}
		for i, a := range vp {
			h.Set(i, j, scale*a/norm(vp))
		}
	}
	mean := mat.Sum(x) / float64(n*m)
	fill := func(_, _ int, v float64) float64 {
		if v < 1e-6 || math.IsNaN(v) {
			return mean
		}
		return v
	}
	w.Apply(fill, w)
	h.Apply(fill, h)
	return w, h
}

// parts are the positive and the negative part of a vector.
func parts(v []float64) (positive, negative []float64) {
	positive, negative = make([]float64, len(v)), make([]float64, len(v))
	for i, x := range v {
		positive[i], negative[i] = math.Max(x, 0), math.Max(-x, 0)
	}
	return positive, negative
}

func norm(v []float64) float64 {
	s := 0.0
	for _, x := range v {
		s += x * x
	}
	return math.Sqrt(s)
}
