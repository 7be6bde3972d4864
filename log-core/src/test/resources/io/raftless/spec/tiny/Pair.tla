-------------------------------- MODULE Pair --------------------------------
(***************************************************************************)
(* Two that take turns: liveness with a symmetry set, which TLC only warns *)
(* of.                                                                     *)
(***************************************************************************)
EXTENDS Naturals, TLC

CONSTANT Members

VARIABLE turn

Init == turn \in Members
Next == turn' \in Members \ {turn}
Spec == Init /\ [][Next]_turn /\ WF_turn(Next)

Symmetry == Permutations(Members)

EverybodysTurn == \A m \in Members : []<>(turn = m)
==============================================================================
