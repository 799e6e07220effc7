// Package mt19937 is the Mersenne Twister MT19937 (Matsumoto and Nishimura, ACM
// TOMACS 8, 1998) with the seeding and the conversion to uniform and Gaussian
// numbers of NumPy's RandomState, so that seeds recorded by programs in Python
// replay.
package mt19937

import "math"

const (
	size   = 624
	period = 397

	upperBit, lowerBits = 0x80000000, 0x7fffffff
	oddMask             = 0x9908b0df
	temperB, temperC    = 0x9d2c5680, 0xefc60000
)

// Source is one generator. It implements math/rand/v2.Source and is not safe for
// concurrent use.
type Source struct {
	key [size]uint32 // state
	out [size]uint32 // tempered outputs of the state
	pos int

	cached bool // a Gaussian is left of the last pair
	gauss  float64
}

// New returns the generator in the state of numpy.random.seed(seed).
func New(seed uint32) *Source {
	s := &Source{pos: size}
	for i := range s.key {
		s.key[i] = seed
		seed = 1812433253*(seed^seed>>30) + uint32(i) + 1
	}
	return s
}

func twist(a, b, far uint32) uint32 {
	y := a&upperBit | b&lowerBits
	return far ^ y>>1 ^ -(y&1)&oddMask
}

// refillGo advances the state by all its words.
func (s *Source) refillGo() {
	k := &s.key
	for i := 0; i < size-period; i++ {
		k[i] = twist(k[i], k[i+1], k[i+period])
	}
	for i := size - period; i < size-1; i++ {
		k[i] = twist(k[i], k[i+1], k[i+period-size])
	}
	k[size-1] = twist(k[size-1], k[0], k[period-1])
	for i, y := range k {
		y ^= y >> 11
		y ^= y << 7 & temperB
		y ^= y << 15 & temperC
		s.out[i] = y ^ y>>18
	}
	s.pos = 0
}

// Uint32 returns the next 32 random bits.
func (s *Source) Uint32() uint32 {
	if s.pos >= size {
		s.refill()
	}
	y := s.out[s.pos]
	s.pos++
	return y
}

// Uint64 joins two draws, the first being the low half.
func (s *Source) Uint64() uint64 {
	lo := uint64(s.Uint32())
	return uint64(s.Uint32())<<32 | lo
}

// Float64 returns a uniform number in [0, 1) with 53 bits from two draws.
func (s *Source) Float64() float64 {
	a, b := s.Uint32(), s.Uint32()
	return uniform(a, b)
}

func uniform(a, b uint32) float64 {
	return (float64(a>>5)*67108864 + float64(b>>6)) * (1.0 / 9007199254740992)
}

// candidate is the point of the square that four words give, with its squared radius.
func candidate(a, b, c, d uint32) (x1, x2, q float64, inside bool) {
	x1, x2 = 2*uniform(a, b)-1, 2*uniform(c, d)-1
	q = x1*x1 + x2*x2
	return x1, x2, q, q < 1 && q != 0
}

// stretch is what turns a point of squared radius q into two normal numbers.
func stretch(q float64) float64 { return math.Sqrt(-2 * math.Log(q) / q) }

// pair draws a point (x1, x2) of the unit disc other than its centre, and its
// squared radius q.
func (s *Source) pair() (x1, x2, q float64) {
	for {
		var a, b, c, d uint32
		if p := s.pos; p <= size-4 {
			o := s.out[p : p+4 : p+4]
			a, b, c, d = o[0], o[1], o[2], o[3]
			s.pos = p + 4
		} else {
			a, b, c, d = s.Uint32(), s.Uint32(), s.Uint32(), s.Uint32()
		}
		var inside bool
		if x1, x2, q, inside = candidate(a, b, c, d); inside {
			return x1, x2, q
		}
	}
}

// NormFloat64 returns a standard normal number by the polar method of Box, Muller
// and Marsaglia: of each pair f x1, f x2 with f = sqrt(-2 ln q / q) the second is
// returned first, the first by the next call, also if uniform numbers are drawn
// in between.
func (s *Source) NormFloat64() float64 {
	if s.cached {
		s.cached = false
		return s.gauss
	}
	x1, x2, q := s.pair()
	f := stretch(q)
	s.cached, s.gauss = true, f*x1
	return f * x2
}

// Normals fills dst with standard normal numbers, as len(dst) calls of NormFloat64.
func (s *Source) Normals(dst []float64) {
	if s.cached && len(dst) > 0 {
		dst[0] = s.NormFloat64()
		dst = dst[1:]
	}
	var p points
	for len(dst) >= 2 {
		n := s.points(&p, len(dst)/2)
		polar(dst, &p, n)
		dst = dst[2*n:]
	}
	if len(dst) == 1 {
		dst[0] = s.NormFloat64()
	}
}

// SkipNormals advances the stream as n calls of NormFloat64, without the
// logarithms.
func (s *Source) SkipNormals(n int) {
	if s.cached && n > 0 {
		s.cached = false
		n--
	}
	var p points
	for n >= 2 {
		n -= 2 * s.points(&p, n/2)
	}
	if n == 1 {
		s.NormFloat64()
	}
}

// points are points of the unit disc as pair draws them; the last four places are spare.
type points struct{ x1, x2, q [size/4 + 4]float64 }

// points draws at least one and at most limit points, as calls of pair, and returns their
// number. Candidates are looked at in fours as long as the words at hand are enough for them and
// there are no more than the points still asked for.
func (s *Source) points(into *points, limit int) int {
	if candidates := min((size-s.pos)/4, limit) &^ 3; candidates > 0 {
		if n := s.accept(candidates, into); n > 0 {
			return n
		}
	}
	into.x1[0], into.x2[0], into.q[0] = s.pair()
	return 1
}

// acceptGo looks at a number of candidates of four words and keeps those in the disc.
func (s *Source) acceptGo(candidates int, into *points) (n int) {
	for range candidates {
		o := s.out[s.pos : s.pos+4 : s.pos+4]
		s.pos += 4
		var inside bool
		if into.x1[n], into.x2[n], into.q[n], inside = candidate(o[0], o[1], o[2], o[3]); inside {
			n++
		}
	}
	return n
}

// polarGo turns the points from … to-1 into pairs of normal numbers.
func polarGo(dst []float64, p *points, from, to int) {
	for i := from; i < to; i++ {
		f := stretch(p.q[i])
		dst[2*i], dst[2*i+1] = f*p.x2[i], f*p.x1[i]
	}
}
