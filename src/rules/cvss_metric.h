/* cvss_metric: the metrics and values of each version; see rules/cvss.h. */
#ifndef RULES_CVSS_METRIC_H
#define RULES_CVSS_METRIC_H

#include "rules/cvss.h"

struct cvss_metric {
	const char *name;
	const char *values; /* blank between; X and ND are not among them */
	bool base; /* of the base group: must be there */
};

/* Place in the canonical order. */
enum cvss_2 {
	V2_AV,
	V2_AC,
	V2_AU,
	V2_C,
	V2_I,
	V2_A,
	V2_E,
	V2_RL,
	V2_RC,
	V2_CDP,
	V2_TD,
	V2_CR,
	V2_IR,
	V2_AR,
	V2__COUNT
};

enum cvss_3 {
	V3_AV,
	V3_AC,
	V3_PR,
	V3_UI,
	V3_S,
	V3_C,
	V3_I,
	V3_A,
	V3_E,
	V3_RL,
	V3_RC,
	V3_CR,
	V3_IR,
	V3_AR,
	V3_MAV,
	V3_MAC,
	V3_MPR,
	V3_MUI,
	V3_MS,
	V3_MC,
	V3_MI,
	V3_MA,
	V3__COUNT
};

enum cvss_4 {
	V4_AV,
	V4_AC,
	V4_AT,
	V4_PR,
	V4_UI,
	V4_VC,
	V4_VI,
	V4_VA,
	V4_SC,
	V4_SI,
	V4_SA,
	V4_E,
	V4_CR,
	V4_IR,
	V4_AR,
	V4_MAV,
	V4_MAC,
	V4_MAT,
	V4_MPR,
	V4_MUI,
	V4_MVC,
	V4_MVI,
	V4_MVA,
	V4_MSC,
	V4_MSI,
	V4_MSA,
	V4_S,
	V4_AU,
	V4_R,
	V4_V,
	V4_RE,
	V4_U,
	V4__COUNT
};

_Static_assert((int)V4__COUNT <= CVSS_METRICS_MAX, "room for each metric");

#endif
