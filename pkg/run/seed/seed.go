// Package seed derives every stream of random numbers from one recorded seed. A stream has a name
// and, where there are many alike, numbers: it depends on nothing else, neither on how many there
// are nor on who computes them.
package seed

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Stream is the generator of one purpose: PCG seeded by seed and Key.
func Stream(seed uint64, name string, index ...int) *rand.Rand {
	return rand.New(rand.NewPCG(seed, Key(name, index...)))
}

// Derive is a seed for work that has several streams of its own, such as one of many posteriors.
func Derive(seed uint64, name string, index ...int) uint64 { return seed ^ Key(name, index...) }

// Key is FNV-1a (64 bit) of the numbers, 8 bytes each in little-endian order, and the name.
func Key(name string, index ...int) uint64 {
	h := fnv.New64a()
	var b [8]byte
	for _, i := range index {
		binary.LittleEndian.PutUint64(b[:], uint64(i))
		h.Write(b[:])
	}
	h.Write([]byte(name))
	return h.Sum64()
}

// Join makes one name of several, with a NUL between them so that no two lists join to the same
// name.
func Join(names ...string) string { return strings.Join(names, "\x00") }

// Parse reads a seed: a whole number from 0 to 2⁶⁴-1, decimal or with 0x before it. Nothing else is
// rounded to one.
func Parse(text string) (uint64, error) {
	v, err := strconv.ParseUint(strings.TrimSpace(text), 0, 64)
	if err != nil {
		return 0, fmt.Errorf("a whole number from 0 to %d is expected", uint64(math.MaxUint64))
	}
	return v, nil
}

// Value is a seed that a flag of the command line sets (a pflag.Value).
type Value uint64

// Set reads the text of a flag.
func (v *Value) Set(text string) error {
	seed, err := Parse(text)
	if err == nil {
		*v = Value(seed)
	}
	return err
}

// String is the seed in decimal digits.
func (v *Value) String() string { return strconv.FormatUint(uint64(*v), 10) }

// Type is what a help text says that the flag takes.
func (v *Value) Type() string { return "uint64" }
