#include "go_asm.h"
#include "textflag.h"

// func stepNeuronsAVX2(groups *neuronGroup, n int, driveNA *float64, spiked *uint8, threshold, reversal float64) uint8
TEXT ·stepNeuronsAVX2(SB), NOSPLIT, $0-49
	MOVQ groups+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ driveNA+16(FP), DX
	MOVQ spiked+24(FP), DI
	VBROADCASTSD threshold+32(FP), Y14
	VBROADCASTSD reversal+40(FP), Y15
	XORL R8, R8

group:
	VMOVUPD neuronGroup_v(SI), Y0
	VMOVUPD neuronGroup_syn(SI), Y1
	VMOVUPD neuronGroup_ahp(SI), Y2
	VMOVUPD neuronGroup_leak(SI), Y3
	VMOVUPD neuronGroup_gain(SI), Y4
	VMOVUPD neuronGroup_active(SI), Y5

	VMULPD      neuronGroup_synDecay(SI), Y1, Y6 // next syn
	VMULPD      neuronGroup_ahpDecay(SI), Y2, Y7 // next ahp
	VFMADD231PD (DX), Y4, Y1                     // gain I + syn
	VFMADD231PD Y15, Y2, Y1                      // + ahp E
	VSUBPD      Y2, Y3, Y3                       // leak - ahp
	VFMADD231PD Y0, Y3, Y1                       // next v
	VBLENDVPD   Y5, Y1, Y0, Y0                   // kept while refractory
	VCMPPD      $0x1e, Y14, Y1, Y1               // above the threshold
	VANDPD      Y5, Y1, Y1                       // and active
	VMOVMSKPD   Y1, AX

	VMOVUPD Y0, neuronGroup_v(SI)
	VMOVUPD Y6, neuronGroup_syn(SI)
	VMOVUPD Y7, neuronGroup_ahp(SI)
	MOVB    AX, (DI)
	ORL     AX, R8

	ADDQ $neuronGroup__size, SI
	ADDQ $32, DX
	INCQ DI
	DECQ CX
	JNZ  group

	MOVB R8, ret+48(FP)
	VZEROUPPER
	RET

// func stepRenshawAVX2(groups *renshawGroup, n int, noise *float64, spiked *uint8, threshold, decay float64) uint8
TEXT ·stepRenshawAVX2(SB), NOSPLIT, $0-49
	MOVQ groups+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ noise+16(FP), DX
	MOVQ spiked+24(FP), DI
	VBROADCASTSD threshold+32(FP), Y14
	VBROADCASTSD decay+40(FP), Y15
	XORL R8, R8

group:
	VMOVUPD     renshawGroup_v(SI), Y0
	VMOVUPD     renshawGroup_active(SI), Y5
	VMOVUPD     (DX), Y1
	VFMADD231PD Y0, Y15, Y1        // next v
	VBLENDVPD   Y5, Y1, Y0, Y0     // kept while refractory
	VCMPPD      $0x1e, Y14, Y1, Y1 // above the threshold
	VANDPD      Y5, Y1, Y1         // and active
	VMOVMSKPD   Y1, AX
	VMOVUPD     Y0, renshawGroup_v(SI)
	MOVB        AX, (DI)
	ORL         AX, R8

	ADDQ $renshawGroup__size, SI
	ADDQ $32, DX
	INCQ DI
	DECQ CX
	JNZ  group

	MOVB R8, ret+48(FP)
	VZEROUPPER
	RET
