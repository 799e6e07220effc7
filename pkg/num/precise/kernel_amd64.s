#include "go_asm.h"
#include "textflag.h"

// expSum of precise.go for four numbers: x in Y0, tail in Y1, result in Y0; the tables
// are at BX. The operations and their order are those of the Go code.
#define EXPSUM \
	VMULPD       tables_perOctave(BX), Y0, Y2 \
	VADDPD       tables_half(BX), Y2, Y2 \
	VROUNDPD     $1, Y2, Y2                         \ // k
	VMOVUPD      tables_ln2HiStep(BX), Y3    \
	VMOVAPD      Y0, Y4                             \
	VFNMADD231PD Y3, Y2, Y4                         \
	VFNMADD231PD tables_ln2LoStep(BX), Y2, Y4 \
	VADDPD       Y1, Y4, Y4                         \ // r
	VCVTPD2DQY   Y2, X5                             \
	VPSRAD       $7, X5, X6                         \
	VPMOVSXDQ    X6, Y6                             \
	VPADDQ       tables_bias(BX), Y6, Y6 \
	VPSLLQ       $52, Y6, Y6                        \ // scale
	VPSLLD       $25, X5, X5                        \
	VPSRLD       $24, X5, X5                        \ // 2 i
	VMOVQ        X5, R8                             \
	VPEXTRQ      $1, X5, R9                         \
	MOVL         R8, R10                            \
	SHRQ         $32, R8                            \
	MOVL         R9, R11                            \
	SHRQ         $32, R9                            \
	VMOVUPD      tables_exp2(BX)(R10*8), X8         \
	VMOVUPD      tables_exp2(BX)(R8*8), X9          \
	VINSERTF128  $1, tables_exp2(BX)(R11*8), Y8, Y8 \
	VINSERTF128  $1, tables_exp2(BX)(R9*8), Y9, Y9  \
	VUNPCKHPD    Y9, Y8, Y7                         \ // what rounding left out
	VUNPCKLPD    Y9, Y8, Y8                         \ // 2^(i/128)
	VMULPD       tables_expSeries(BX), Y4, Y2 \
	VADDPD       tables_expSeries+32(BX), Y2, Y2 \
	VMULPD       Y4, Y2, Y2                         \
	VADDPD       tables_expSeries+64(BX), Y2, Y2 \
	VMULPD       Y4, Y2, Y2                         \
	VADDPD       tables_expSeries+96(BX), Y2, Y2 \
	VMULPD       Y4, Y4, Y3                         \
	VMULPD       Y2, Y3, Y3                         \
	VADDPD       Y3, Y4, Y3                         \
	VADDPD       Y3, Y7, Y9                         \ // p
	VMOVAPD      Y8, Y3                             \
	VFMADD231PD  Y9, Y8, Y3                         \
	VMULPD       Y6, Y3, Y3                         \
	VCMPPD       $2, tables_least(BX), Y0, Y5 \
	VANDNPD      Y3, Y5, Y0

// func expAVX2(x *float64, n int, t *tables)
TEXT ·expAVX2(SB), NOSPLIT, $0-24
	MOVQ x+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ t+16(FP), BX

exploop:
	VMOVUPD (SI), Y0
	VXORPD  Y1, Y1, Y1
	EXPSUM
	VMOVUPD Y0, (SI)
	ADDQ    $32, SI
	SUBQ    $4, CX
	JNZ     exploop
	VZEROUPPER
	RET

// The rest of e^x for vector J of four, as in EXPSUM: P holds the series; 16 i and the scale lie
// on the stack. Then tanh with the sign of what is at SI; changes Y12 … Y15.
#define TANHREST(J, P) \
	MOVLQZX     index-192+16*J(SP), R8              \
	MOVLQZX     index-188+16*J(SP), R9              \
	MOVLQZX     index-184+16*J(SP), R10             \
	MOVLQZX     index-180+16*J(SP), R11             \
	VMOVUPD     tables_exp2(BX)(R8*1), X12          \
	VMOVUPD     tables_exp2(BX)(R9*1), X13          \
	VINSERTF128 $1, tables_exp2(BX)(R10*1), Y12, Y12 \
	VINSERTF128 $1, tables_exp2(BX)(R11*1), Y13, Y13 \
	VUNPCKHPD   Y13, Y12, Y14                       \
	VUNPCKLPD   Y13, Y12, Y12                       \
	VADDPD      P, Y14, P                           \
	VFMADD213PD Y12, Y12, P                         \
	VMULPD      scale-128+32*J(SP), P, P            \
	VSUBPD      P, Y11, Y12                         \
	VADDPD      P, Y11, P                           \
	VDIVPD      P, Y12, P                           \
	VANDPD      32*J(SI), Y10, Y12                  \
	VORPD       Y12, P, P                           \
	VMOVUPD     P, 32*J(SI)

// The argument -2|x| of vector J in R, k in K; then what of k is an exponent.
#define TANHSTART(J, R, K) \
	VANDNPD   32*J(SI), Y10, R   \
	VMULPD    Y14, R, R          \
	VMAXPD    R, Y15, R          \
	VMULPD    R, Y12, K          \
	VADDPD    Y13, K, K          \
	VROUNDPD  $1, K, K

#define TANHSPLIT(J, R, K) \
	VFNMADD231PD Y12, K, R       \
	VFNMADD231PD Y13, K, R       \
	VCVTPD2DQY   K, X15          \
	VPSRAD       $7, X15, X14    \
	VPMOVSXDQ    X14, Y14        \
	VPADDQ       Y9, Y14, Y14    \
	VPSLLQ       $52, Y14, Y14   \
	VMOVUPD      Y14, scale-128+32*J(SP) \
	VPSLLD       $25, X15, X15   \
	VPSRLD       $21, X15, X15   \
	VMOVUPD      X15, index-192+16*J(SP)

// One term of the series of all four: S = C + r S.
#define TANHTERM(C) \
	VMULPD Y0, Y4, Y4 \
	VMULPD Y1, Y5, Y5 \
	VMULPD Y2, Y6, Y6 \
	VMULPD Y3, Y7, Y7 \
	VADDPD C, Y4, Y4  \
	VADDPD C, Y5, Y5  \
	VADDPD C, Y6, Y6  \
	VADDPD C, Y7, Y7

// S = r + r² S of one.
#define TANHSUM(R, S) \
	VMULPD R, R, Y12 \
	VMULPD S, Y12, S \
	VADDPD S, R, S

// func tanhAVX2(x *float64, n int, t *tables)
// Sixteen numbers a turn, step by step for all: one number's steps wait for each other.
TEXT ·tanhAVX2(SB), NOSPLIT, $192-24
	MOVQ         x+0(FP), SI
	MOVQ         n+8(FP), CX
	MOVQ         t+16(FP), BX
	VBROADCASTSD tables_sign(BX), Y10
	VBROADCASTSD tables_one(BX), Y11
	VPBROADCASTQ tables_bias(BX), Y9

tanhloop:
	VBROADCASTSD tables_perOctave(BX), Y12
	VBROADCASTSD tables_half(BX), Y13
	VBROADCASTSD tables_minusTwo(BX), Y14
	VBROADCASTSD tables_least(BX), Y15
	TANHSTART(0, Y0, Y4)
	TANHSTART(1, Y1, Y5)
	TANHSTART(2, Y2, Y6)
	TANHSTART(3, Y3, Y7)
	VBROADCASTSD tables_ln2HiStep(BX), Y12
	VBROADCASTSD tables_ln2LoStep(BX), Y13
	TANHSPLIT(0, Y0, Y4)
	TANHSPLIT(1, Y1, Y5)
	TANHSPLIT(2, Y2, Y6)
	TANHSPLIT(3, Y3, Y7)
	VBROADCASTSD tables_expSeries(BX), Y12
	VBROADCASTSD tables_expSeries+32(BX), Y13
	VBROADCASTSD tables_expSeries+64(BX), Y14
	VBROADCASTSD tables_expSeries+96(BX), Y15
	VMOVAPD      Y12, Y4
	VMOVAPD      Y12, Y5
	VMOVAPD      Y12, Y6
	VMOVAPD      Y12, Y7
	TANHTERM(Y13)
	TANHTERM(Y14)
	TANHTERM(Y15)
	TANHSUM(Y0, Y4)
	TANHSUM(Y1, Y5)
	TANHSUM(Y2, Y6)
	TANHSUM(Y3, Y7)
	TANHREST(0, Y4)
	TANHREST(1, Y5)
	TANHREST(2, Y6)
	TANHREST(3, Y7)
	ADDQ         $128, SI
	SUBQ         $16, CX
	JNZ          tanhloop
	VZEROUPPER
	RET

// One coefficient of the series of the logarithm: Y2 = c + r Y2.
#define SERIES(OFF) \
	VMULPD       Y9, Y2, Y2                          \
	VADDPD       tables_logSeries+OFF(BX), Y2, Y2

// func powAVX2(b *float64, n int, y float64, t *tables)
TEXT ·powAVX2(SB), NOSPLIT, $0-32
	MOVQ b+0(FP), SI
	MOVQ n+8(FP), CX
	VBROADCASTSD y+16(FP), Y15
	MOVQ t+24(FP), BX

powloop:
	VMOVUPD      (SI), Y0
	VPSRLQ       $52, Y0, Y1
	VORPD        tables_two52(BX), Y1, Y1
	VSUBPD       tables_two52Bias(BX), Y1, Y1 // k
	VANDPD       tables_mantissa(BX), Y0, Y2
	VMOVUPD      tables_one(BX), Y4
	VORPD        Y4, Y2, Y2                      // z
	VPSRLQ       $45, Y0, Y3
	VPSLLQ       $57, Y3, Y3
	VPSRLQ       $55, Y3, Y3                     // 4 i
	VEXTRACTI128 $1, Y3, X4
	VMOVQ        X3, R8
	VPEXTRQ      $1, X3, R9
	VMOVQ        X4, R10
	VPEXTRQ      $1, X4, R11
	VMOVUPD      tables_logs(BX)(R8*8), Y5
	VMOVUPD      tables_logs(BX)(R9*8), Y6
	VMOVUPD      tables_logs(BX)(R10*8), Y7
	VMOVUPD      tables_logs(BX)(R11*8), Y8
	VUNPCKLPD    Y6, Y5, Y9
	VUNPCKHPD    Y6, Y5, Y6
	VUNPCKLPD    Y8, Y7, Y10
	VUNPCKHPD    Y8, Y7, Y8
	VPERM2F128   $0x20, Y10, Y9, Y5              // 1/c
	VPERM2F128   $0x31, Y10, Y9, Y7              // log c, second part
	VINSERTF128  $1, X8, Y6, Y6                  // and first
	VMOVUPD      tables_one(BX), Y4
	VMULPD       Y5, Y2, Y8                      // zc
	VSUBPD       Y4, Y8, Y9                      // r
	VMOVAPD      Y2, Y10
	VFMSUB213PD  Y8, Y5, Y10                     // rLo
	VMULPD       tables_ln2Hi4(BX), Y1, Y3
	VADDPD       Y6, Y3, Y3                      // big
	VADDPD       Y9, Y3, Y11                     // hi
	VSUBPD       Y11, Y3, Y12
	VADDPD       Y9, Y12, Y12                    // lo
	VMULPD       tables_half(BX), Y9, Y13 // h
	VMULPD       Y9, Y13, Y14                    // sq
	VFMSUB213PD  Y14, Y9, Y13                    // sqLo
	VSUBPD       Y14, Y11, Y5                    // hi2
	VSUBPD       Y5, Y11, Y6
	VSUBPD       Y14, Y6, Y6
	VADDPD       Y6, Y12, Y12
	VFMADD231PD  tables_ln2Lo4(BX), Y1, Y7
	VSUBPD       Y13, Y7, Y7
	VSUBPD       Y9, Y4, Y4
	VMULPD       Y10, Y4, Y4
	VADDPD       Y4, Y7, Y7
	VADDPD       Y7, Y12, Y12
	VMULPD       Y9, Y9, Y8
	VMULPD       Y9, Y8, Y8                      // r³
	VMOVUPD      tables_logSeries(BX), Y2
	SERIES(32)
	SERIES(64)
	SERIES(96)
	SERIES(128)
	SERIES(160)
	SERIES(192)
	SERIES(224)
	VMULPD       Y2, Y8, Y8
	VADDPD       Y8, Y12, Y12
	VMULPD       Y15, Y5, Y0                     // p
	VMOVAPD      Y5, Y1
	VFMSUB213PD  Y0, Y15, Y1
	VMULPD       Y15, Y12, Y2
	VADDPD       Y2, Y1, Y1                      // tail
	EXPSUM
	VMOVUPD      Y0, (SI)
	ADDQ         $32, SI
	SUBQ         $4, CX
	JNZ          powloop
	VZEROUPPER
	RET
