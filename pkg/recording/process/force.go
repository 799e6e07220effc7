package process

import (
	"fmt"
	"math"
	"slices"

	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/recording"
)

// Force holds the processed force and every stage on the way to it, one value per sample
// unless said.
type Force struct {
	recording.Force
	Source    string    // which signal it came from
	Detrended []float64 // without trend, in units of its sd, orientation applied
	Scale     float64   // that sd, in units of the source
	Rising    int       // samples whose smoothed slope is at least +epsilon
	Falling   int       // samples whose smoothed slope is below -epsilon
	Inverted  bool      // orientation was turned
	Low, High float64   // 5th and 95th percentiles used for the unit range
	Unit      []float64 // unit range
	Smoothed  []float64 // moving average of Unit over 1 s
	Slope     []float64 // smoothed slope of Smoothed, largest value 1
	SlopeStd  float64
	Events    []Event
	Manual    bool // plateaus were given, not detected

	Std, CoV         []float64 // per plateau, of the unit-range force times intensity
	PSD              [][]float64
	PSDMean, PSDConc []float64 // 60 intervals of 0-15 Hz, (% MVC)²/Hz
}

// Event is a downward crossing of +0.5 sd (Peak: end of a rise) or -0.5 sd (start
// of a fall) by the slope.
type Event struct {
	Sample int
	Peak   bool
}

// Polarity says how the orientation of the force is decided.
type Polarity string

// Polarities. RisingTime is the original's rule.
const (
	PolarityAuto       Polarity = "auto"
	PolarityRisingTime Polarity = "rising_time"
	PolarityAsRecorded Polarity = "as_recorded"
	PolarityInverted   Polarity = "inverted"
)

// processForce runs the force through all stages. trains are the discharges in samples of all
// units, for PolarityAuto; given replaces the detected plateaus when not nil. No plateau is not an
// error: PercentMVC is then nil.
func processForce(x []float64, c Config, fsHz, intensity float64, trains [][]float64,
	given []recording.Plateau) (*Force, error) {
	f := &Force{Force: recording.Force{FsHz: fsHz}}
	if f.Detrended, f.Scale = standardise(x); f.Detrended == nil {
		return nil, fmt.Errorf("the force is constant")
	}
	if err := f.orient(c, fsHz, trains); err != nil {
		return nil, err
	}
	f.unitRange(c, fsHz)
	if given != nil {
		f.Plateaus, f.Manual = given, true
		f.Smoothed = signal.MovingAverage(f.Unit, int(c.SmoothingS*fsHz))
	} else {
		f.detect(c, fsHz)
	}
	if len(f.Plateaus) == 0 {
		return f, nil
	}
	f.scale(intensity)
	f.statistics(c, fsHz, intensity)
	return f, nil
}

// standardise removes the least-squares line, keeps the mean, and divides by the
// population sd, which is returned too; nil for a constant signal.
func standardise(x []float64) ([]float64, float64) {
	y := signal.Detrend(x)
	mean := signal.Mean(x)
	for i := range y {
		y[i] += mean
	}
	sd := signal.Std(y)
	if !(sd > 0) {
		return nil, 0
	}
	for i := range y {
		y[i] /= sd
	}
	return y, sd
}

func (f *Force) orient(c Config, fsHz float64, trains [][]float64) error {
	low, err := signal.NewButterworth(4, signal.LowPass, c.PolarityLowpassHz, fsHz)
	if err != nil {
		return err
	}
	smooth, err := low.ZeroPhase(f.Detrended)
	if err != nil {
		return fmt.Errorf("the force is too short: %w", err)
	}
	for _, g := range signal.Gradient(smooth) {
		if g >= c.PolarityEpsilon {
			f.Rising++
		} else if g < -c.PolarityEpsilon {
			f.Falling++
		}
	}
	switch c.Polarity {
	case PolarityRisingTime:
		f.Inverted = f.Falling > f.Rising
	case PolarityInverted:
		f.Inverted = true
	case PolarityAuto:
		rate, err := smoothedDischarge(trains, len(f.Detrended), fsHz, c)
		if err != nil {
			return err
		}
		f.Inverted = signal.Correlation(f.Detrended, rate) < 0
	}
	if f.Inverted {
		for i := range f.Detrended {
			f.Detrended[i] = -f.Detrended[i]
		}
	}
	return nil
}

// smoothedDischarge is the smoothed rate of the sum of all units, 1/s.
func smoothedDischarge(trains [][]float64, samples int, fsHz float64, c Config) ([]float64, error) {
	x := make([]float64, samples)
	for _, t := range trains {
		for _, s := range t {
			if i := int(s); i >= 0 && i < samples {
				x[i] += fsHz
			}
		}
	}
	return smoothRate(x, fsHz, c)
}

// SmoothedRate is a unit's discharge rate (1/s) over `samples` samples: its
// impulse train filtered forward and backward with a Hann window of 0.4 s. Times
// outside the recording are left out. It is an error if the recording is shorter
// than three windows.
func SmoothedRate(spikes []float64, samples int, fsHz float64, c Config) ([]float64, error) {
	return smoothedDischarge([][]float64{spikes}, samples, fsHz, c)
}

func smoothRate(impulses []float64, fsHz float64, c Config) ([]float64, error) {
	w := signal.Hann(int(math.RoundToEven(c.RateWindowS * fsHz)))
	total := 0.0
	for _, v := range w {
		total += v
	}
	for i := range w {
		w[i] /= total
	}
	return signal.ZeroPhaseFIR(w, impulses)
}

func (f *Force) unitRange(c Config, fsHz float64) {
	x := append([]float64(nil), f.Detrended...)
	f.Low, f.High = signal.Percentile(x, 5), signal.Percentile(x, 95)
	edge := min(len(x), int(c.ForceEdgeS*fsHz))
	for i := 0; i < edge; i++ {
		x[i], x[len(x)-1-i] = f.Low, f.Low
	}
	for i := range x {
		x[i] = (x[i] - f.Low) / (f.High - f.Low)
	}
	f.Unit = x
}

// detect finds plateaus between the end of a rise and the start of a fall.
func (f *Force) detect(c Config, fsHz float64) {
	n := len(f.Unit)
	f.Smoothed = signal.MovingAverage(f.Unit, int(c.SmoothingS*fsHz))
	diff := make([]float64, n-1)
	for i := range diff {
		diff[i] = f.Smoothed[i+1] - f.Smoothed[i]
	}
	f.Slope = append([]float64{0}, signal.MovingAverage(diff, int(c.SlopeSmoothingS*fsHz))...)
	top := math.Inf(-1)
	for _, d := range f.Slope {
		top = math.Max(top, d)
	}
	if top == 0 {
		return
	}
	for i := range f.Slope {
		f.Slope[i] /= top
	}
	f.SlopeStd = signal.Std(f.Slope)
	up, down := 0.5*f.SlopeStd, -0.5*f.SlopeStd
	for i := 1; i < n; i++ {
		if f.Slope[i-1] > up && f.Slope[i] <= up {
			f.Events = append(f.Events, Event{i, true})
		}
		if f.Slope[i-1] > down && f.Slope[i] <= down {
			f.Events = append(f.Events, Event{i, false})
		}
	}
	shortest := int(c.MinPlateauS * fsHz)
	for i := 0; i+1 < len(f.Events); i++ {
		a, b := f.Events[i], f.Events[i+1]
		if a.Peak && !b.Peak {
			if b.Sample-a.Sample >= shortest {
				f.Plateaus = append(f.Plateaus, recording.Plateau{Start: a.Sample, Stop: b.Sample})
			}
			i++
		}
	}
}

// scale turns the unit-range force into % MVC: rest is 0, the median of all
// plateaus together is the intensity.
func (f *Force) scale(intensity float64) {
	inside := make([]bool, len(f.Unit))
	for _, p := range f.Plateaus {
		for i := p.Start; i < p.Stop; i++ {
			inside[i] = true
		}
	}
	var on, off []float64
	for i, x := range f.Unit {
		if inside[i] {
			on = append(on, x)
		} else {
			off = append(off, x)
		}
	}
	p, r := 1.0, 0.0
	if len(on) > 0 {
		p = signal.Percentile(on, 50)
	}
	if len(off) > 0 {
		r = signal.Percentile(off, 1)
	}
	span := p - r
	if math.Abs(span) <= 1e-8 {
		span = 1
	}
	f.PercentMVC = make([]float64, len(f.Unit))
	for i, x := range f.Unit {
		f.PercentMVC[i] = (x - r) / span * intensity
	}
}

func (f *Force) statistics(c Config, fsHz, intensity float64) {
	u := make([]float64, len(f.Unit))
	for i, x := range f.Unit {
		u[i] = x * intensity
	}
	psd := func(x []float64) []float64 {
		fr, p := signal.LowPeriodogram(x, fsHz, c.PSDMaxHz)
		return signal.BinAverage(fr, p, c.PSDMaxHz, c.PSDBins)
	}
	var all []float64
	for _, p := range f.Plateaus {
		x := u[p.Start:p.Stop]
		sd := signal.Std(x)
		f.Std = append(f.Std, sd)
		f.CoV = append(f.CoV, sd/signal.Mean(x))
		f.PSD = append(f.PSD, psd(x))
		all = append(all, x...)
	}
	if len(f.PSD) == 1 {
		f.PSDConc = slices.Clone(f.PSD[0])
	} else {
		f.PSDConc = psd(all)
	}
	f.PSDMean = make([]float64, c.PSDBins)
	for b := range f.PSDMean {
		column := make([]float64, len(f.PSD))
		for k := range f.PSD {
			column[k] = f.PSD[k][b]
		}
		f.PSDMean[b] = signal.NaNMean(column)
	}
}
