/** Every server-rendered page: Bootstrap's look and five small behaviours, switched on by data attributes. */

import "bootstrap/dist/css/bootstrap.min.css";
import "../styles/app.css";
import { confirmations } from "./behaviours/confirm";
import { polling } from "./behaviours/poll";
import { tickAll } from "./behaviours/tick";
import { uploads } from "./behaviours/upload";
import { ownZone } from "./behaviours/zone";

uploads(document);
polling(document);
confirmations(document);
ownZone(document);
tickAll(document);
