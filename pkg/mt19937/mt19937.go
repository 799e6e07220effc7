// Package mt19937 is the Mersenne Twister MT19937 (Matsumoto and Nishimura, ACM
// TOMACS 8, 1998) with the seeding and the conversion to uniform numbers of
// NumPy's RandomState, so that seeds recorded by programs in Python replay.
package mt19937

const (
	size   = 624
	period = 397
)

// Source is one generator. It implements math/rand/v2.Source and is not safe for
// concurrent use.
type Source struct {
	key [size]uint32
	pos int
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

func (s *Source) refill() {
	for i := range s.key {
		y := s.key[i]&0x80000000 | s.key[(i+1)%size]&0x7fffffff
		v := s.key[(i+period)%size] ^ y>>1
		if y&1 != 0 {
			v ^= 0x9908b0df
		}
		s.key[i] = v
	}
	s.pos = 0
}

// Uint32 returns the next 32 random bits.
func (s *Source) Uint32() uint32 {
	if s.pos == size {
		s.refill()
	}
	y := s.key[s.pos]
	s.pos++
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

// Uint64 joins two draws, the first being the low half.
func (s *Source) Uint64() uint64 {
	lo := uint64(s.Uint32())
	return uint64(s.Uint32())<<32 | lo
}

// Float64 returns a uniform number in [0, 1) with 53 bits from two draws.
func (s *Source) Float64() float64 {
	a, b := s.Uint32()>>5, s.Uint32()>>6
	return (float64(a)*67108864 + float64(b)) / 9007199254740992
}
