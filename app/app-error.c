/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/app-error.h"

G_DEFINE_QUARK (app - error - quark, app_error)
