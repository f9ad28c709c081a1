#!/usr/bin/env node
require("@gvpie/app-common/launch")(__dirname);
