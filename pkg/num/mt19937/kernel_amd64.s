#include "textflag.h"

// func twistAVX2(k, far *uint32, eights int, high, low, odd uint32)
//
// k[i] = far[i] ^ y>>1 ^ (odd if y is odd), y = k[i]&high | k[i+1]&low.
TEXT ·twistAVX2(SB), NOSPLIT, $0-36
	MOVQ k+0(FP), DI
	MOVQ far+8(FP), SI
	MOVQ eights+16(FP), CX
	VBROADCASTSS high+24(FP), Y5
	VBROADCASTSS low+28(FP), Y6
	VBROADCASTSS odd+32(FP), Y7

words:
	VPAND   (DI), Y5, Y0
	VPAND   4(DI), Y6, Y1
	VPOR    Y0, Y1, Y0  // y
	VPSRLD  $1, Y0, Y1
	VPSLLD  $31, Y0, Y0
	VPSRAD  $31, Y0, Y0 // all ones where y is odd
	VPAND   Y7, Y0, Y0
	VPXOR   Y1, Y0, Y0
	VPXOR   (SI), Y0, Y0
	VMOVDQU Y0, (DI)
	ADDQ    $32, DI
	ADDQ    $32, SI
	DECQ    CX
	JNZ     words

	VZEROUPPER
	RET

// func temperAVX2(out, k *uint32, eights int, b, c uint32)
TEXT ·temperAVX2(SB), NOSPLIT, $0-32
	MOVQ out+0(FP), DI
	MOVQ k+8(FP), SI
	MOVQ eights+16(FP), CX
	VBROADCASTSS b+24(FP), Y6
	VBROADCASTSS c+28(FP), Y7

words:
	VMOVDQU (SI), Y0
	VPSRLD  $11, Y0, Y1
	VPXOR   Y1, Y0, Y0
	VPSLLD  $7, Y0, Y1
	VPAND   Y6, Y1, Y1
	VPXOR   Y1, Y0, Y0
	VPSLLD  $15, Y0, Y1
	VPAND   Y7, Y1, Y1
	VPXOR   Y1, Y0, Y0
	VPSRLD  $18, Y0, Y1
	VPXOR   Y1, Y0, Y0
	VMOVDQU Y0, (DI)
	ADDQ    $32, DI
	ADDQ    $32, SI
	DECQ    CX
	JNZ     words

	VZEROUPPER
	RET

// func acceptAVX2(words *uint32, fours int, into *points, t *acceptTable) int
//
// Four candidates a turn, of four words each; those inside the disc are packed.
TEXT ·acceptAVX2(SB), NOSPLIT, $0-40
	MOVQ words+0(FP), SI
	MOVQ fours+8(FP), CX
	MOVQ into+16(FP), DI
	MOVQ t+24(FP), DX
	XORQ AX, AX
	VMOVUPD 512(DX), Y11 // 2^26
	VMOVUPD 544(DX), Y12 // 2^-52
	VMOVUPD 576(DX), Y13 // 1
	VXORPD  Y14, Y14, Y14

four:
	VMOVDQU    (SI), X0 // words a, b, c, d of candidate 0
	VMOVDQU    16(SI), X1
	VMOVDQU    32(SI), X2
	VMOVDQU    48(SI), X3
	VPUNPCKLDQ X1, X0, X4  // a0 a1 b0 b1
	VPUNPCKHDQ X1, X0, X5  // c0 c1 d0 d1
	VPUNPCKLDQ X3, X2, X6
	VPUNPCKHDQ X3, X2, X7
	VPUNPCKLQDQ X6, X4, X0 // a
	VPUNPCKHQDQ X6, X4, X1 // b
	VPUNPCKLQDQ X7, X5, X2 // c
	VPUNPCKHQDQ X7, X5, X3 // d
	VPSRLD     $5, X0, X0
	VPSRLD     $6, X1, X1
	VPSRLD     $5, X2, X2
	VPSRLD     $6, X3, X3
	VCVTDQ2PD  X0, Y0
	VCVTDQ2PD  X1, Y1
	VCVTDQ2PD  X2, Y2
	VCVTDQ2PD  X3, Y3
	VMULPD     Y11, Y0, Y0
	VADDPD     Y1, Y0, Y0
	VMULPD     Y12, Y0, Y0 // twice the uniform number: every step is exact
	VSUBPD     Y13, Y0, Y0 // x1
	VMULPD     Y11, Y2, Y2
	VADDPD     Y3, Y2, Y2
	VMULPD     Y12, Y2, Y2
	VSUBPD     Y13, Y2, Y2 // x2
	VMULPD     Y0, Y0, Y4
	VMULPD     Y2, Y2, Y5
	VADDPD     Y5, Y4, Y4   // q
	VCMPPD     $0x11, Y13, Y4, Y5 // q < 1
	VCMPPD     $0x04, Y14, Y4, Y6 // q != 0
	VANDPD     Y6, Y5, Y5
	VMOVMSKPD  Y5, R8
	MOVQ       R8, R9
	SHLQ       $5, R9
	VMOVDQU    (DX)(R9*1), Y7 // where the accepted ones go
	VPERMD     Y0, Y7, Y0
	VPERMD     Y2, Y7, Y2
	VPERMD     Y4, Y7, Y4
	VMOVUPD    Y0, (DI)(AX*8)
	VMOVUPD    Y2, 1280(DI)(AX*8)
	VMOVUPD    Y4, 2560(DI)(AX*8)
	POPCNTQ    R8, R8
	ADDQ       R8, AX
	ADDQ       $64, SI
	DECQ       CX
	JNZ        four

	VZEROUPPER
	MOVQ AX, ret+32(FP)
	RET

// func polarAVX2(dst *float64, p *points, fours int, t *polarTable)
//
// The logarithm goes through the steps of math.Log on this machine: with q = 2^k f1, f = f1-1,
// s = f/(2+f), log q = k ln 2 + f - (f²/2 - s (f²/2 + R)), R a polynomial in s².
TEXT ·polarAVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ p+8(FP), SI
	MOVQ fours+16(FP), CX
	MOVQ t+24(FP), DX

four:
	VMOVUPD 2560(SI), Y15      // q
	VPSRLQ  $52, Y15, Y1
	VPOR    0(DX), Y1, Y1
	VSUBPD  32(DX), Y1, Y1     // k
	VANDPD  64(DX), Y15, Y2
	VMOVUPD 96(DX), Y8         // 1/2
	VORPD   Y8, Y2, Y2         // f1, from 1/2 to 1
	VMOVUPD 128(DX), Y3        // sqrt(1/2)
	VMOVUPD 160(DX), Y9        // 1
	VCMPPD  $5, Y2, Y3, Y3     // not sqrt(1/2) < f1
	VANDPD  Y9, Y3, Y3
	VSUBPD  Y3, Y1, Y1
	VADDPD  Y9, Y3, Y3
	VMULPD  Y3, Y2, Y2
	VSUBPD  Y9, Y2, Y2         // f
	VADDPD  192(DX), Y2, Y4
	VDIVPD  Y4, Y2, Y3         // s
	VMULPD  Y3, Y3, Y4         // s²
	VMULPD  Y4, Y4, Y5         // s⁴
	VMULPD  224(DX), Y5, Y6
	VADDPD  256(DX), Y6, Y6
	VMULPD  Y5, Y6, Y6
	VADDPD  288(DX), Y6, Y6
	VMULPD  Y5, Y6, Y6
	VADDPD  320(DX), Y6, Y6
	VMULPD  Y6, Y4, Y4         // odd terms
	VMULPD  352(DX), Y5, Y7
	VADDPD  384(DX), Y7, Y7
	VMULPD  Y5, Y7, Y7
	VADDPD  416(DX), Y7, Y7
	VMULPD  Y7, Y5, Y5         // even terms
	VADDPD  Y5, Y4, Y4         // R
	VMULPD  Y2, Y8, Y0
	VMULPD  Y2, Y0, Y0         // f²/2
	VADDPD  Y0, Y4, Y4
	VMULPD  Y4, Y3, Y3
	VMULPD  448(DX), Y1, Y6
	VADDPD  Y6, Y3, Y3
	VSUBPD  Y3, Y0, Y0
	VSUBPD  Y2, Y0, Y0
	VMULPD  480(DX), Y1, Y1
	VSUBPD  Y0, Y1, Y1         // log q
	VMULPD  512(DX), Y1, Y1
	VDIVPD  Y15, Y1, Y1
	VSQRTPD Y1, Y1             // sqrt(-2 log q / q)

	VMULPD     1280(SI), Y1, Y2
	VMULPD     (SI), Y1, Y3
	VUNPCKLPD  Y3, Y2, Y4
	VUNPCKHPD  Y3, Y2, Y5
	VPERM2F128 $0x20, Y5, Y4, Y2
	VPERM2F128 $0x31, Y5, Y4, Y3
	VMOVUPD    Y2, (DI)
	VMOVUPD    Y3, 32(DI)
	ADDQ       $32, SI
	ADDQ       $64, DI
	DECQ       CX
	JNZ        four

	VZEROUPPER
	RET
