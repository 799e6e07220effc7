package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/table"
)

var _ = table.Read
var _ = strings.Cut

// band in the unit box of the single prior
func inside(r []float64) bool {
	for _, v := range r {
		if !(v >= 0 && v <= 1) {
			return false
		}
	}
	m, h := 2.5+r[2]*72.5, 2.5+r[3]*22.5
	return m-h >= -1e-9 && m-h <= 50+1e-9 && m+h <= 80+1e-9
}

func main() {
	e, err := sbi.Load(os.Args[1])
	if err != nil {
		panic(err)
	}
	for _, f := range os.Args[2:] {
		p, err := e.ReadPairs(f)
		if err != nil {
			panic(err)
		}
		d, c := e.Flow.D(), e.Flow.C()
		lp, err := e.LogProb(p)
		if err != nil {
			panic(err)
		}
		raw, tr, acc := 0.0, 0.0, 0.0
		n := 0
		for i := 0; i < p.N; i += 2 {
			if !inside(p.Theta[i*d : (i+1)*d]) {
				continue
			}
			o := sbi.SampleOptions{Draws: 1000, MinAcceptance: 1e-4, Inside: inside, DrawsOnly: true}
			post, err := sbi.Sample(context.Background(), e.Flow, p.X[i*c:(i+1)*c], o, uint64(i))
			if err != nil {
				fmt.Println(i, err)
				continue
			}
			n++
			raw -= lp[i]
			tr -= lp[i] - math.Log(post.Acceptance)
			acc += post.Acceptance
		}
		fmt.Println(filepath.Base(os.Args[1]), filepath.Base(f), n, "loss", raw/float64(n), "truncated", tr/float64(n), "acceptance", acc/float64(n))
	}
}
